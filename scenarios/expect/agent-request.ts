import type { PlanRequest } from '../../mock-agent/plan/plan.ts';
import { ContractError } from '../../proto/contract-error.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { dialectOfLoad, requestBody, type BodyRequest } from '../load/request.ts';

/** The request as the agent gets it from the gateway. */
export type AgentRequest = Pick<PlanRequest, 'prompt' | 'model' | 'messages' | 'tools'>;

/**
 * Returns the agent's request for a request of a load.
 * @param body the JSON body of the request; by default that of a prompt alone
 * @throws RehearsalError (usage) for a body that is not one of the dialect
 */
export function agentRequestOf(
  request: BodyRequest,
  prompt: string,
  body = requestBody(request, prompt, 'key'),
): AgentRequest {
  const { model } = request;
  const dialect = dialectOfLoad(request);
  if (dialect === undefined) return { prompt, model };
  try {
    const read = dialect.readRequest(body);
    const { messages, tools } = read;
    return { prompt: read.prompt, model: read.model ?? model, messages, tools };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new RehearsalError(
      'usage',
      `load.request.body is not valid for ${dialect.name}: ${error.message}`,
    );
  }
}
