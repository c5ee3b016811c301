import { chooseBehaviour, type Cases } from '../../mock-agent/plan/cases.ts';
import type { Behaviour } from '../../mock-agent/plan/behaviour.ts';
import { planStream, type StreamPlan } from '../../mock-agent/plan/plan.ts';
import { defaultKey } from '../../mock-agent/prepare/resolve-request.ts';
import { withRequestedFault } from '../../mock-agent/faults/requested-fault.ts';

/** A request of which the stream is to be foretold; what is left out is as a client leaves it out. */
export interface PlanQuestion {
  prompt?: string | undefined;
  model?: string | undefined;
  key?: string | undefined;
  seed?: number | undefined;
  nth?: number | undefined;
  /** As the header `x-rehearsal-fault` has it. */
  fault?: string | undefined;
}

/**
 * What a stream will be, before it is.
 * @throws FaultError for a fault that is none.
 */
export function planOf(
  scenario: { name: string; behaviour: Behaviour; cases: Cases; seed: number },
  { prompt = 'hello', model = 'gpt-4', key, seed = scenario.seed, nth = 1, fault }: PlanQuestion,
): StreamPlan {
  const chosen = chooseBehaviour(scenario, { prompt, model, nth });
  const behaviour =
    fault === undefined
      ? chosen
      : { ...chosen, faults: [...withRequestedFault(chosen.faults, fault)] };
  return planStream(behaviour, seed, {
    scenario: scenario.name,
    key: key ?? defaultKey(prompt, model, nth),
    prompt,
    model,
    nth,
  });
}
