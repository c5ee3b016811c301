import type { GenerateError } from 'rehearsal-client';

/** The message for a person, and whether a retry could help. */
export interface Failure {
  words: string;
  retryable: boolean;
  /** How long the server asks to be left alone; 0 where it doesn't. */
  retryAfterMs: number;
}

/** Codes of docs/protocol.md that may be gone the next time; every other calls for another request. */
const passing = new Set([
  'AGENT_UNAVAILABLE',
  'CONFLICT',
  'GENERATION_ERROR',
  'INTERNAL',
  'OVERLOADED',
  'RATE_LIMITED',
  'SHUTTING_DOWN',
]);

/** What a proxy answers with a page of its own, which has no code. */
const passingStatuses = new Set([429, 502, 503, 504]);

/** Errors told apart by what the person can do about them. */
export function describeError(error: GenerateError): Failure {
  const { kind, status = 0, code, retryAfterMs = 0 } = error;
  const retryable = code === undefined ? passingStatuses.has(status) : passing.has(code);
  switch (kind) {
    case 'timeout':
      return { words: 'The answer stopped coming.', retryable: true, retryAfterMs };
    case 'cut':
      return { words: 'The connection was lost.', retryable: true, retryAfterMs };
    case 'generation':
      return { words: `The answer failed (${code}).`, retryable, retryAfterMs };
    case 'http': {
      const words = status === 429 ? 'Too many requests' : 'The request was refused';
      return { words: `${words} (${code ?? `HTTP ${status}`}).`, retryable, retryAfterMs };
    }
    case 'protocol':
    case 'aborted':
      return { words: 'The server sent something unexpected.', retryable: false, retryAfterMs };
  }
}
