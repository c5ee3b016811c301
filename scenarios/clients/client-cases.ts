import { hasTrait, type FaultEntry } from '../../mock-agent/faults/index.ts';
import { withRequestedFaults } from '../../mock-agent/faults/requested-fault.ts';
import type { Speed } from '../../mock-agent/plan/speed.ts';
import { textSchema } from '../../mock-agent/text/text.ts';
import type { Cases } from '../../mock-agent/plan/cases.ts';
import { wireFaultOf } from '../../proto/wire-fault.ts';
import { planOf } from '../expect/plan-request.ts';
import { catalogNames, defaultScenario } from '../catalog.ts';
import { findScenarios } from '../file/find-scenario.ts';
import type { Scenario } from '../file/scenario.ts';

/** A stream that clients are confronted with. */
export interface ClientCase {
  /** In lists of known cells, reports and the table. */
  name: string;
  scenario: Scenario;
  prompt: string;
  /** The fault that was added to the scenario, as `x-rehearsal-fault` takes it. */
  fault?: string;
  /** Replaces the speed of the server. */
  speed?: number;
  /** Whether a client that has to be closed is closed at the final message. */
  closedAtEnd: boolean;
}

/** Scenarios of the catalogue, and faults of a healthy stream. */
export type ClientCases = Record<'catalogue' | 'faults', ClientCase[]>;

/** The faults without a scenario in the catalogue, each added to a healthy stream. */
const faults: Record<string, FaultEntry> = {
  'slow-accept': { slowAccept: { for: '30s' } },
  'late-first-text': { stall: { at: 'start', for: '8s' } },
  'silent-from-start': { silence: { at: 'start' } },
  trickle: { trickle: { interval: '20ms' } },
  burst: { burst: {} },
  'empty-chunks': { emptyChunks: { at: { chars: 100 } } },
  'huge-chunk': { hugeChunk: { at: { chars: 100 } } },
  'error-field': { errorField: { at: { chars: 100 }, message: 'the answer was filtered' } },
  'no-final': { noFinal: {} },
  'final-twice': { finalTwice: {} },
  'text-after-final': { textAfterFinal: { text: 'and more' } },
  crash: { crash: { at: { chars: 100 } } },
  'agent-goes-down': { down: { at: { chars: 100 }, for: '30s' } },
  'status-500': { httpStatus: { status: 500 } },
  'wrong-content-type': { contentType: {} },
  'dropped-at-start': { dropConnection: { at: 'start' } },
  'truncated-in-event': { truncate: { at: { chars: 100 }, midEvent: true } },
  'truncated-at-end': { truncate: { at: 'end' } },
  'duplicated-event': { duplicatedEvent: { at: { chars: 100 } } },
  'swapped-events': { swappedEvents: { at: { chars: 100 } } },
  'missing-event': { missingEvent: { at: { chars: 100 } } },
  'missing-final': { missingEvent: { at: 'end' } },
  'duplicated-final': { duplicatedEvent: { at: 'end' } },
  'glued-frames': { gluedFrames: {} },
  crlf: { crlf: {} },
  'no-terminator': { quirk: {} },
  'no-finish-reason': { quirk: { kind: 'no-finish-reason' } },
  'no-usage': { quirk: { kind: 'no-usage' } },
  'unknown-field': { quirk: { kind: 'unknown-field' } },
  'unknown-event': { quirk: { kind: 'unknown-event' } },
  'ping-event': { quirk: { kind: 'ping-event' } },
};

/** The prompts of scenarios that need particular ones, by the names of their cases. */
const prompts: Record<string, Record<string, string>> = {
  errors: {
    'errors-refused': 'refuse INVALID_ARGUMENT',
    'errors-failed': 'fail DEADLINE_EXCEEDED',
  },
};

const prompt = 'hello';

/** The case of a client that nobody closes. */
export const neverClosed = 'never-closed';

/** Returns a case for every scenario of the catalogue, and for every fault without a scenario. */
export async function findClientCases(): Promise<ClientCases> {
  const scenarios = await findScenarios(await catalogNames());
  const healthy = scenarios.find(({ name }) => name === defaultScenario);
  if (healthy === undefined) throw new Error(`the catalogue has no scenario ${defaultScenario}`);
  const closedAtEnd = true;
  return {
    catalogue: [
      { name: neverClosed, scenario: healthy, prompt, closedAtEnd: false },
      ...scenarios
        .map((each) => shortened(strikingFirst(each)))
        .flatMap((scenario): ClientCase[] => {
          const { name } = scenario;
          return Object.entries(prompts[name] ?? { [name]: prompt }).map(([name, prompt]) => ({
            name,
            scenario,
            prompt,
            ...speedFor(scenario),
            closedAtEnd,
          }));
        }),
    ],
    faults: Object.entries(faults).map(([name, entry]) => {
      const fault = JSON.stringify(entry);
      const scenario = withFault(healthy, fault);
      return { name, scenario, prompt, fault, ...speedFor(scenario), closedAtEnd };
    }),
  };
}

/** Where a connection breaks: slow enough that the text before it arrives first, on a busy machine too. */
function speedFor(scenario: Scenario): Pick<ClientCase, 'speed'> {
  const breaks =
    wireFaultOf(planOf(scenario, { prompt }).wire, 'cut') !== undefined ||
    scenario.behaviour.faults.some((fault) => hasTrait(fault, 'reachesOthers'));
  return breaks ? { speed: 2 } : {};
}

/** @param fault as `x-rehearsal-fault` takes it */
export function withFault(scenario: Scenario, fault: string): Scenario {
  return changeBehaviours(scenario, (behaviour) => ({
    ...behaviour,
    faults: [...withRequestedFaults(behaviour.faults, fault)],
  }));
}

/** Returns a scenario whose streams play at a speed. */
export function atSpeed(scenario: Scenario, speed: Speed): Scenario {
  return changeBehaviours(scenario, (behaviour) => ({ ...behaviour, speed }));
}

/**
 * Returns a scenario without chance: the first of its faults with a probability strikes the first stream, and
 * nothing the second.
 */
function strikingFirst(scenario: Scenario): Scenario {
  return changeBehaviours(scenario, (behaviour) => {
    const chosen = behaviour.faults.find(({ probability }) => probability < 1);
    if (chosen === undefined) return behaviour;
    return { ...behaviour, faults: [{ ...chosen, probability: 1, first: 1 }] };
  });
}

/** Shortens a stream whose bytes arrive alone: each takes a turn of a busy event loop. */
function shortened(scenario: Scenario): Scenario {
  if (wireFaultOf(planOf(scenario, { prompt }).wire, 'frames')?.how !== 'torn') return scenario;
  const text = textSchema.parse({ generate: { language: 'zh', chars: 30 } });
  return changeBehaviours(scenario, (behaviour) => ({ ...behaviour, text }));
}

type Behaviour = Scenario['behaviour'];

function changeBehaviours(scenario: Scenario, change: (behaviour: Behaviour) => Behaviour) {
  const cases: Cases = scenario.cases.map((each) => ({
    ...each,
    behaviour: change(each.behaviour),
  }));
  return { ...scenario, behaviour: change(scenario.behaviour), cases };
}
