/** Generates the table of errors in `docs/protocol.md`: `npm run generate`. */
import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { errorCodes, errorKinds, type ErrorCode } from '../../proto/error-codes.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const { bodyLimitBytes, maxStreams, promptLimitChars, streamLimitMs } = gatewayOptionsSchema.parse(
  {},
);

/** When an error happens, and what a client should do. */
const prose: Record<ErrorCode, { when: string; advice: string }> = {
  INVALID_REQUEST: {
    when: 'a field is missing or wrong; `details` names it',
    advice: 'fix the request',
  },
  UNAUTHENTICATED: {
    when: 'the token is missing or not accepted, or the agent does not know the caller',
    advice: 'sign in, then retry',
  },
  FORBIDDEN: {
    when: 'the caller lacks the permission',
    advice: 'do not retry',
  },
  NOT_FOUND: {
    when: 'the path or the scenario does not exist',
    advice: 'fix the request',
  },
  METHOD_NOT_ALLOWED: {
    when: 'the path does not support the method',
    advice: 'use a method from the header `Allow`',
  },
  NOT_ACCEPTABLE: {
    when: 'the header `Accept` excludes `text/event-stream`',
    advice: 'accept `text/event-stream`, or send no `Accept`',
  },
  CONFLICT: {
    when: 'the request conflicts with another one',
    advice: 'retry after a pause',
  },
  PAYLOAD_TOO_LARGE: {
    when: `the body exceeds ${bodyLimitBytes / 2 ** 20} MiB, or the prompt ${promptLimitChars / 1e6} million characters`,
    advice: 'send less',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    when: 'the body is not `application/json`',
    advice: 'set `Content-Type`',
  },
  RATE_LIMITED: {
    when: 'the agent is over its limit',
    advice: 'retry with exponential backoff',
  },
  GENERATION_ERROR: {
    when: 'the agent failed, or sent a chunk with an `error`',
    advice: 'keep the text, offer a retry',
  },
  INTERNAL: {
    when: 'the gateway has a bug',
    advice: 'retry once, then report it',
  },
  NOT_IMPLEMENTED: {
    when: 'the agent does not implement the method',
    advice: 'do not retry',
  },
  AGENT_UNAVAILABLE: {
    when: 'the agent is down, disconnected, or cancelled the call by itself',
    advice: 'retry with exponential backoff',
  },
  OVERLOADED: {
    when: `${maxStreams} streams are open`,
    advice: 'retry after `Retry-After` seconds',
  },
  SHUTTING_DOWN: {
    when: 'the gateway is shutting down',
    advice: 'retry after a pause',
  },
  TIMEOUT: {
    when: `the stream took ${streamLimitMs / 60_000} minutes`,
    advice: 'keep the text, request less',
  },
};

const rows = errorCodes.map((code) => {
  const { httpStatus, grpcStatuses } = errorKinds[code];
  const statuses = grpcStatuses.map((grpcStatus) => `\`${grpcStatus}\``).join(', ');
  return [`\`${code}\``, httpStatus, statuses, prose[code].when, prose[code].advice];
});
writeGeneratedPart(
  'docs/protocol.md',
  'proto/error-codes.ts',
  markdownTable(
    ['code', 'HTTP', 'gRPC status of the agent', 'when', 'what a client should do'],
    rows,
  ),
);
