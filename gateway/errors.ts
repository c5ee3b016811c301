import { status, type StatusObject } from '@grpc/grpc-js';

import type { ErrorBody } from '../proto/stream-event.ts';

interface ErrorKind {
  /** The status where no byte of a stream has been sent; later the same error comes as an event. */
  httpStatus: number;
  /** What happened, for a person. */
  error: string;
  /** Which ends of the agent's call are this error. */
  grpcStatuses: readonly status[];
  /** When it happens, as the documentation has it. */
  when: string;
  /** What a client should do, as the documentation has it. */
  advice: string;
}

/**
 * Every error that a client can meet, by its code (specification A4, C3). `npm run generate` writes
 * the table of docs/protocol.md from it.
 *
 * HTTP statuses follow the table that googleapis, grpc-gateway and Connect share, with one exception:
 * a CANCELLED that nobody here asked for means that the agent went away, not that the client did.
 */
export const errorKinds = {
  INVALID_REQUEST: {
    httpStatus: 400,
    error: 'The request is not valid',
    grpcStatuses: [status.INVALID_ARGUMENT, status.FAILED_PRECONDITION, status.OUT_OF_RANGE],
    when: 'a field is missing or wrong; `details` names it',
    advice: 'mend the request',
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    error: 'The request is not authenticated',
    grpcStatuses: [status.UNAUTHENTICATED],
    when: 'no accepted token, or the agent knows no such caller',
    advice: 'sign in, then ask again',
  },
  FORBIDDEN: {
    httpStatus: 403,
    error: 'The request is not allowed',
    grpcStatuses: [status.PERMISSION_DENIED],
    when: 'the caller may not',
    advice: 'do not ask again',
  },
  NOT_FOUND: {
    httpStatus: 404,
    error: 'There is nothing here by that name',
    grpcStatuses: [status.NOT_FOUND],
    when: 'no such path, or no such scenario',
    advice: 'mend the request',
  },
  METHOD_NOT_ALLOWED: {
    httpStatus: 405,
    error: 'This method is not allowed here',
    grpcStatuses: [],
    when: 'the path has no such method',
    advice: 'use a method of the header `Allow`',
  },
  NOT_ACCEPTABLE: {
    httpStatus: 406,
    error: 'The answer would not be accepted',
    grpcStatuses: [],
    when: 'the header `Accept` leaves out `text/event-stream`',
    advice: 'accept `text/event-stream`, or send no `Accept`',
  },
  CONFLICT: {
    httpStatus: 409,
    error: 'The request conflicts with another',
    grpcStatuses: [status.ALREADY_EXISTS, status.ABORTED],
    when: 'another request is in the way',
    advice: 'ask again after a pause',
  },
  PAYLOAD_TOO_LARGE: {
    httpStatus: 413,
    error: 'The request is too large',
    grpcStatuses: [],
    when: 'the body exceeds 1 MiB, or the prompt a million characters',
    advice: 'send less',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    httpStatus: 415,
    error: 'The request body is not JSON',
    grpcStatuses: [],
    when: 'the body is not `application/json`',
    advice: 'set `Content-Type`',
  },
  RATE_LIMITED: {
    httpStatus: 429,
    error: 'Too many requests',
    grpcStatuses: [status.RESOURCE_EXHAUSTED],
    when: 'the agent has too much to do',
    advice: 'ask again after a pause that grows',
  },
  GENERATION_ERROR: {
    httpStatus: 500,
    error: 'The generation failed',
    grpcStatuses: [status.UNKNOWN, status.INTERNAL, status.DATA_LOSS],
    when: 'the agent failed, or a chunk of it has an `error`',
    advice: 'keep the text, offer to try again',
  },
  INTERNAL: {
    httpStatus: 500,
    error: 'The gateway failed',
    grpcStatuses: [],
    when: 'a fault of the gateway',
    advice: 'ask again once, then report it',
  },
  NOT_IMPLEMENTED: {
    httpStatus: 501,
    error: 'This is not offered here',
    grpcStatuses: [status.UNIMPLEMENTED],
    when: 'not offered here',
    advice: 'do not ask again',
  },
  AGENT_UNAVAILABLE: {
    httpStatus: 503,
    error: 'The agent cannot be reached',
    grpcStatuses: [status.UNAVAILABLE, status.CANCELLED],
    when: 'the agent is down, went away, or cancelled what nobody asked it to',
    advice: 'ask again after a pause that grows',
  },
  OVERLOADED: {
    httpStatus: 503,
    error: 'The gateway has as many streams as it may',
    grpcStatuses: [],
    when: '1500 streams are open',
    advice: 'ask again after `Retry-After` seconds',
  },
  SHUTTING_DOWN: {
    httpStatus: 503,
    error: 'The gateway is shutting down',
    grpcStatuses: [],
    when: 'the gateway is going away',
    advice: 'ask again after a pause',
  },
  TIMEOUT: {
    httpStatus: 504,
    error: 'The generation took too long',
    grpcStatuses: [status.DEADLINE_EXCEEDED],
    when: 'the stream reached its 2 minutes',
    advice: 'keep the text, ask for less',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are the codes
export const errorCodes = Object.keys(errorKinds) as ErrorCode[];

interface GatewayErrorOptions extends ErrorOptions {
  /** In place of the one that the table has for the code. */
  httpStatus?: number;
  retryAfterSec?: number;
  /** HTML in place of the JSON, as a proxy answers. */
  page?: string;
  /** The details are the agent's words. */
  isAgents?: boolean;
  /** What the challenge of a 401 says beside its realm, such as `error="invalid_token"` (RFC 6750). */
  challenge?: string;
}

/** The one error type of the gateway: what a client is told, before a stream or in it. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  /** The cause, as far as it is the client's business. */
  readonly details: string;
  readonly httpStatus: number;
  /** After how many seconds the client may ask again, where that is known. */
  readonly retryAfterSec: number | undefined;
  readonly page: string | undefined;
  /** The details are the agent's words, which may quote a prompt: they are not for the log. */
  readonly isAgents: boolean;
  readonly #challenge: string | undefined;

  constructor(
    code: ErrorCode,
    details: string,
    {
      httpStatus,
      retryAfterSec,
      page,
      isAgents = false,
      challenge,
      cause,
    }: GatewayErrorOptions = {},
  ) {
    super(`${code}: ${details}`, { cause });
    this.name = 'GatewayError';
    this.code = code;
    this.details = details;
    this.httpStatus = httpStatus ?? errorKinds[code].httpStatus;
    this.retryAfterSec = retryAfterSec;
    this.page = page;
    this.isAgents = isAgents;
    this.#challenge = challenge;
  }

  /** What its HTTP answer has beside the body. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.retryAfterSec !== undefined) headers['Retry-After'] = String(this.retryAfterSec);
    // HTTP wants a challenge with every 401, also with one that is the agent's word.
    if (this.httpStatus === 401) {
      headers['WWW-Authenticate'] = ['Bearer realm="rehearsal"', this.#challenge]
        .filter((part) => part !== undefined)
        .join(', ');
    }
    const names = Object.keys(headers);
    // Without this a page on another origin could not read them.
    if (names.length > 0) headers['Access-Control-Expose-Headers'] = names.join(', ');
    return headers;
  }
}

/** What a client reads of an error, in an HTTP body and in an event alike. */
export function errorBody({ code, details }: GatewayError): ErrorBody {
  return { error: errorKinds[code].error, code, details };
}

const codeOfGrpcStatus = new Map<status, ErrorCode>(
  errorCodes.flatMap((code) =>
    errorKinds[code].grpcStatuses.map((grpcStatus) => [grpcStatus, code] as const),
  ),
);

/** How grpc-js itself begins the details of a connection that fails: they quote nobody's prompt. */
const connectionWords =
  /^(?:no connection to the agent|No connection established|Connection dropped)/;

/** Returns the error for the end of an agent's call; the agent's own words are its details. */
export function errorOfGrpcStatus(
  { code, details }: Pick<StatusObject, 'code' | 'details'>,
  cause?: Error,
) {
  // Empty where the agent said nothing, and against its type missing in some of grpc-js's own errors.
  const words = (details ?? '').replace(/\. Resolution note: $/, '');
  const isAgents = words !== '' && cause === undefined && !connectionWords.test(words);
  return new GatewayError(
    codeOfGrpcStatus.get(code) ?? 'GENERATION_ERROR',
    words || `the agent ended the call with status ${status[code] ?? code}`,
    { cause, isAgents },
  );
}

const codeOfHttpStatus = new Map<number, ErrorCode>([
  [400, 'INVALID_REQUEST'],
  [404, 'NOT_FOUND'],
  [405, 'METHOD_NOT_ALLOWED'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [415, 'UNSUPPORTED_MEDIA_TYPE'],
  [501, 'NOT_IMPLEMENTED'],
]);

/** The error that an HTTP status of Koa's own parts is; undefined for one that they do not answer with. */
export function errorOfHttpStatus(httpStatus: number, details: string): GatewayError | undefined {
  const code = codeOfHttpStatus.get(httpStatus);
  return code === undefined ? undefined : new GatewayError(code, details);
}

/** The HTTP status that a thrown value asks for, as the parts of Koa have it. */
export function httpStatusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number'
    ? thrown.status
    : undefined;
}

/**
 * Makes any thrown value one of ours. What Koa's own parts throw keeps its meaning; anything else is
 * a fault of the gateway, whose cause is for the log and never for the client.
 */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof TypeError && 'code' in thrown && thrown.code === 'ERR_INVALID_URL') {
    return new GatewayError('INVALID_REQUEST', 'request: its URL is not valid');
  }
  const known =
    thrown instanceof Error
      ? errorOfHttpStatus(httpStatusOf(thrown) ?? 500, thrown.message)
      : undefined;
  return (
    known ??
    new GatewayError('INTERNAL', 'an unexpected error; the log of the gateway has its cause', {
      cause: thrown,
    })
  );
}
