import { readdirSync } from 'node:fs';

import { hasTrait, type FaultEntry } from '../../../mock-agent/faults/index.ts';
import type { StreamPlan } from '../../../mock-agent/plan/plan.ts';
import { findScenarios } from '../../file/find-scenario.ts';
import { planOf } from '../../expect/plan-request.ts';
import type { Scenario } from '../../file/scenario.ts';

/** A stream that every client reads. */
export interface ClientCase {
  /** The row in docs/clients.md. */
  name: string;
  scenario: Scenario;
  prompt: string;
  /** The `fault` field of the query. */
  fault?: string;
  /** Replaces the speed of the stack. */
  speed?: number;
  closedAtEnd: boolean;
}

/** Scenarios of the catalogue, and faults of a healthy stream. */
export type ClientCases = Record<'catalogue' | 'faults', ClientCase[]>;

/** The faults without a scenario in the catalogue, each added to a healthy stream. */
const faults: FaultEntry[] = [
  { slowAccept: { for: '30s' } },
  { stall: { at: 'start', for: '8s' } },
  { silence: { at: 'start' } },
  { trickle: { interval: '20ms' } },
  { burst: {} },
  { emptyChunks: { at: { chars: 100 } } },
  { hugeChunk: { at: { chars: 100 } } },
  { errorField: { at: { chars: 100 }, message: 'the answer was filtered' } },
  { noFinal: {} },
  { finalTwice: {} },
  { textAfterFinal: { text: 'and more' } },
  { crash: { at: { chars: 100 } } },
  { down: { at: { chars: 100 }, for: '30s' } },
  { httpStatus: { status: 500 } },
  { contentType: {} },
  { dropConnection: { at: 'start' } },
  { truncate: { at: 'end' } },
  { duplicatedEvent: { at: { chars: 100 } } },
  { swappedEvents: { at: { chars: 100 } } },
  { missingEvent: { at: { chars: 100 } } },
  { missingEvent: { at: 'end' } },
  { duplicatedEvent: { at: 'end' } },
  { gluedFrames: {} },
  { crlf: {} },
  { quirk: {} },
];

/** The prompts of scenarios that need a particular one. */
const prompts: Record<string, string[]> = {
  errors: ['refuse INVALID_ARGUMENT', 'fail DEADLINE_EXCEEDED'],
};

/** Returns a case for every scenario of the catalogue, and for every fault without a scenario. */
export async function findClientCases(): Promise<ClientCases> {
  const names = readdirSync(new URL('../../catalog/', import.meta.url)).map((file) =>
    file.replace('.yaml', ''),
  );
  const scenarios = await findScenarios(names);
  const healthy = scenarios.find(({ name }) => name === 'healthy');
  if (healthy === undefined) throw new Error('the catalogue has no healthy scenario');
  const closedAtEnd = true;
  return {
    catalogue: [
      { name: '`healthy`, never closed', scenario: healthy, prompt: 'hello', closedAtEnd: false },
      ...scenarios.flatMap((scenario) => {
        const ownPrompts = prompts[scenario.name];
        if (ownPrompts === undefined) return [{ ...failingOnce(scenario), scenario, closedAtEnd }];
        return ownPrompts.map((prompt) => ({
          name: `\`${scenario.name}\`: ${prompt}`,
          scenario,
          prompt,
          closedAtEnd,
        }));
      }),
    ],
    faults: faults.map((entry) => {
      const fault = JSON.stringify(entry);
      // Slow enough that the text before the break arrives first, on a busy machine too.
      const breaksConnections = Object.keys(entry).some((name) =>
        hasTrait({ name }, 'reachesOthers'),
      );
      const slow = breaksConnections ? { speed: 2 } : {};
      return {
        name: `\`${fault}\``,
        scenario: healthy,
        prompt: 'hello',
        fault,
        ...slow,
        closedAtEnd,
      };
    }),
  };
}

/** Returns, for faults with a probability, a prompt whose first stream fails and whose second does not. */
function failingOnce(scenario: Scenario): Pick<ClientCase, 'name' | 'prompt'> {
  const name = `\`${scenario.name}\``;
  if (scenario.behaviour.faults.every(({ probability }) => probability === 1)) {
    return { name, prompt: 'hello' };
  }
  for (let count = 1; ; count += 1) {
    const prompt = `hello ${count}`;
    const [first, second] = [1, 2].map((nth) => planOf(scenario, { prompt, nth }));
    const [fault] = first?.faults ?? [];
    if (fault !== undefined && second?.faults.length === 0) {
      return { name: `${name}: ${fault}`, prompt };
    }
  }
}

/** Returns the complete text of the nth request, without the faults that would cut it. */
export function wholeText({ scenario, prompt, fault }: ClientCase, nth: number): string {
  const plan = planOf(scenario, { prompt, nth, fault });
  if (plan.end.kind === 'final' || plan.end.kind === 'no-final') return textOf(plan);
  const { behaviour } = scenario;
  const healthy = { ...scenario, cases: [], behaviour: { ...behaviour, faults: [] } };
  return textOf(planOf(healthy, { prompt, nth }));
}

/** Returns the text up to the final chunk. */
function textOf({ chunks }: StreamPlan): string {
  const final = chunks.findIndex(({ isFinal }) => isFinal);
  return chunks
    .slice(0, final < 0 ? chunks.length : final + 1)
    .map(({ delta }) => delta)
    .join('');
}
