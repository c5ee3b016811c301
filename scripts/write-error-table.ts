/** Writes the table of errors in `docs/protocol.md` anew: `npm run generate`. */
import { status } from '@grpc/grpc-js';

import { gatewayOptionsSchema } from '../gateway/options.ts';
import { errorCodes, errorKinds, type ErrorCode } from '../proto/error-codes.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const { bodyLimitBytes, maxStreams, promptLimitChars, streamLimitMs } = gatewayOptionsSchema.parse(
  {},
);

/** When an error happens, and what a client should do. */
const prose: Record<ErrorCode, { when: string; advice: string }> = {
  INVALID_REQUEST: {
    when: 'a field is missing or wrong; `details` names it',
    advice: 'mend the request',
  },
  UNAUTHENTICATED: {
    when: 'no accepted token, or the agent knows no such caller',
    advice: 'sign in, then ask again',
  },
  FORBIDDEN: {
    when: 'the caller may not',
    advice: 'do not ask again',
  },
  NOT_FOUND: {
    when: 'no such path, or no such scenario',
    advice: 'mend the request',
  },
  METHOD_NOT_ALLOWED: {
    when: 'the path has no such method',
    advice: 'use a method of the header `Allow`',
  },
  NOT_ACCEPTABLE: {
    when: 'the header `Accept` leaves out `text/event-stream`',
    advice: 'accept `text/event-stream`, or send no `Accept`',
  },
  CONFLICT: {
    when: 'another request is in the way',
    advice: 'ask again after a pause',
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
    when: 'the agent has too much to do',
    advice: 'ask again after a pause that grows',
  },
  GENERATION_ERROR: {
    when: 'the agent failed, or a chunk of it has an `error`',
    advice: 'keep the text, offer to try again',
  },
  INTERNAL: {
    when: 'a fault of the gateway',
    advice: 'ask again once, then report it',
  },
  NOT_IMPLEMENTED: {
    when: 'not offered here',
    advice: 'do not ask again',
  },
  AGENT_UNAVAILABLE: {
    when: 'the agent is down, went away, or cancelled what nobody asked it to',
    advice: 'ask again after a pause that grows',
  },
  OVERLOADED: {
    when: `${maxStreams} streams are open`,
    advice: 'ask again after `Retry-After` seconds',
  },
  SHUTTING_DOWN: {
    when: 'the gateway is going away',
    advice: 'ask again after a pause',
  },
  TIMEOUT: {
    when: `the stream reached its ${streamLimitMs / 60_000} minutes`,
    advice: 'keep the text, ask for less',
  },
};

const rows = errorCodes.map((code) => {
  const { httpStatus, grpcStatuses } = errorKinds[code];
  const statuses = grpcStatuses.map((grpcStatus) => `\`${status[grpcStatus]}\``).join(', ');
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
