import type { Dialect } from '../../proto/dialects/dialect.ts';
import { dialectOfLoad, requestBody, type BodyRequest } from '../load/request.ts';
import { agentRequestOf } from './agent-request.ts';
import { answerInDialect, type PlannedAnswer } from './answer-in-dialect.ts';
import { planOf, type PlanRequest } from './plan-request.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';

type WrittenPrompt = BodyRequest & { prompt: string };

/**
 * Plans the stream for a request in its format.
 * @throws AgentError for an invalid fault
 */
export function planForRequest(
  scenario: Parameters<typeof planOf>[0],
  written: WrittenPrompt,
  question: Pick<PlanRequest, 'key' | 'seed' | 'nth' | 'fault'>,
): StreamPlan {
  return planOf(scenario, { ...agentRequestOf(written, written.prompt), ...question });
}

/** Returns a plan as the dialect of its request shows it; undefined for the specified format. */
export function showInDialect(
  plan: StreamPlan,
  written: WrittenPrompt,
): { dialect: Dialect; answer: PlannedAnswer } | undefined {
  const dialect = dialectOfLoad(written);
  if (dialect === undefined) return undefined;
  const body = requestBody(written, written.prompt, plan.key);
  return { dialect, answer: answerInDialect(plan, dialect, body) };
}

/** Returns a plan as JSON has it, with the answer of the dialect. */
export function planContent(plan: StreamPlan, written: WrittenPrompt): object {
  const shown = showInDialect(plan, written);
  return shown === undefined ? plan : { ...plan, answer: shown.answer };
}
