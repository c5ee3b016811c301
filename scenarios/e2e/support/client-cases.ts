import { readdirSync } from 'node:fs';

import { hasTrait, type FaultEntry } from '../../../mock-agent/faults/index.ts';
import type { StreamPlan } from '../../../mock-agent/plan/plan.ts';
import { findScenarios } from '../../file/find-scenario.ts';
import { planOf } from '../../expect/plan-request.ts';
import type { Scenario } from '../../file/scenario.ts';

/** One stream that every client is tried with. */
export interface Trial {
  /** As the table calls it. */
  name: string;
  scenario: Scenario;
  prompt: string;
  /** As the query has it. */
  fault?: string;
  /** How many times faster, where the usual is too much. */
  speed?: number;
  closedAtEnd: boolean;
}

/** By what they are made of. */
export type Trials = Record<'catalogue' | 'faults', Trial[]>;

/** What the catalogue leaves out, each added to a healthy stream. */
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

/** Prompts by which a scenario shows what it is for, where any other would not. */
const prompts: Record<string, string[]> = {
  errors: ['refuse INVALID_ARGUMENT', 'fail DEADLINE_EXCEEDED'],
};

/** Every scenario of the catalogue, and every fault that none of them has. */
export async function findTrials(): Promise<Trials> {
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
        const asked = prompts[scenario.name];
        if (asked === undefined) return [{ ...struckOnce(scenario), scenario, closedAtEnd }];
        return asked.map((prompt) => ({
          name: `\`${scenario.name}\`: ${prompt}`,
          scenario,
          prompt,
          closedAtEnd,
        }));
      }),
    ],
    faults: faults.map((entry) => {
      const fault = JSON.stringify(entry);
      // On a busy machine too, the text before the break should arrive before the connection is gone.
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

/** Where faults strike by chance: a prompt whose first stream goes wrong and whose next does not. */
function struckOnce(scenario: Scenario): Pick<Trial, 'name' | 'prompt'> {
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

/** What the agent means to say when it is asked for the nth time: the text without what cuts it short. */
export function wholeText({ scenario, prompt, fault }: Trial, nth: number): string {
  const plan = planOf(scenario, { prompt, nth, fault });
  if (plan.end.kind === 'final' || plan.end.kind === 'no-final') return textOf(plan);
  const { behaviour } = scenario;
  const healthy = { ...scenario, cases: [], behaviour: { ...behaviour, faults: [] } };
  return textOf(planOf(healthy, { prompt, nth }));
}

/** Up to the final chunk: what follows that is none of it. */
function textOf({ chunks }: StreamPlan): string {
  const final = chunks.findIndex(({ isFinal }) => isFinal);
  return chunks
    .slice(0, final < 0 ? chunks.length : final + 1)
    .map(({ delta }) => delta)
    .join('');
}
