import { chooseBehaviour, type Cases } from '../../mock-agent/plan/cases.ts';
import type { Behaviour } from '../../mock-agent/plan/behaviour.ts';
import { planStream, type StreamPlan } from '../../mock-agent/plan/plan.ts';
import { defaultKey } from '../../mock-agent/prepare/resolve-request.ts';
import type { ChatMessage, ChatTool } from '../../proto/parts.ts';
import { withRequestedFaults } from '../../mock-agent/faults/requested-fault.ts';

/** A request to plan; optional fields default as for a client's request. */
export interface PlanRequest {
  prompt?: string | undefined;
  model?: string | undefined;
  /** The whole conversation, for a request in a format that has one. */
  messages?: readonly ChatMessage[] | undefined;
  tools?: readonly ChatTool[] | undefined;
  key?: string | undefined;
  seed?: number | undefined;
  nth?: number | undefined;
  /** In the form of the header `x-rehearsal-fault`. */
  fault?: string | undefined;
}

/**
 * Returns the plan of the stream for a request.
 * @throws AgentError for an invalid fault
 */
export function planOf(
  scenario: { name: string; behaviour: Behaviour; cases: Cases; seed: number },
  question: PlanRequest,
): StreamPlan {
  const { prompt = 'hello', model = 'gpt-4', key, seed = scenario.seed, nth = 1, fault } = question;
  const { messages, tools } = question;
  const request = { prompt, model, messages, tools };
  const chosen = chooseBehaviour(scenario, { ...request, nth });
  const behaviour =
    fault === undefined
      ? chosen
      : { ...chosen, faults: [...withRequestedFaults(chosen.faults, fault)] };
  return planStream(behaviour, seed, {
    scenario: scenario.name,
    ...request,
    key: key ?? defaultKey(request, nth),
    nth,
  });
}
