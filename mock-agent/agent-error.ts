/** The gRPC status with which the agent refuses a call. Of a command for a stream: FAILED_PRECONDITION. */
type AgentErrorCode =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION';

/** The agent's only error class: a request, a fault or a command that it refuses; the message says why. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string) {
    super(message);
    this.name = 'AgentError';
    this.code = code;
  }
}
