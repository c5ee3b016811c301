import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { planOf, type PlanRequest } from '../expect/plan-request.ts';
import type { ClientCase } from './client-cases.ts';
import type { Observation } from './observation.ts';

/**
 * Compares a client's text with the texts that the agent planned. Each retry starts a new generation with
 * its own text, and any of them counts as whole.
 * @param requests what the client sent, oldest first; undefined for a request that was refused
 */
export function judgeText(
  text: string,
  { scenario, prompt }: Pick<ClientCase, 'scenario' | 'prompt'>,
  requests: readonly (PlanRequest | undefined)[],
): Observation['text'] {
  const wholes = requests.map((request, index) =>
    wholeText(scenario, { prompt, ...request, nth: index + 1 }),
  );
  if (wholes.includes(text)) return 'whole';
  if (text === '') return 'none';
  if (wholes.some((whole) => whole.startsWith(text))) return 'part';
  return requests.length > 1 || wholes.some((whole) => text.length > whole.length)
    ? 'repeated'
    : 'wrong';
}

/** Returns the complete text of a request, without the faults that would cut it. */
function wholeText(scenario: ClientCase['scenario'], request: PlanRequest): string {
  const plan = planOf(scenario, request);
  if (plan.end.kind === 'final' || plan.end.kind === 'no-final') return textOf(plan);
  const { behaviour } = scenario;
  const healthy = { ...scenario, cases: [], behaviour: { ...behaviour, faults: [] } };
  return textOf(planOf(healthy, request));
}

/** Returns the text up to the final chunk. */
function textOf({ chunks }: StreamPlan): string {
  const final = chunks.findIndex(({ isFinal }) => isFinal);
  return chunks
    .slice(0, final < 0 ? chunks.length : final + 1)
    .map(({ delta }) => delta)
    .join('');
}
