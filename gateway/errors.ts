import { status, type StatusObject } from '@grpc/grpc-js';

import { codeOfGrpcStatus, errorKinds, type ErrorCode } from '../proto/error-codes.ts';
import type { Missing } from '../proto/dialects/dialect.ts';
import type { ErrorBody } from '../proto/stream-event.ts';

interface GatewayErrorOptions extends ErrorOptions {
  /** Overrides the status of the code. */
  httpStatus?: number;
  retryAfterSec?: number;
  shouldRetry?: boolean;
  /** What a 404 is about, for formats that name it; undefined for a model. */
  missing?: Missing;
  /** HTML instead of JSON, like a proxy's. */
  page?: string;
  /** Whether the details come from the agent. */
  isAgents?: boolean;
  /** Whether the agent's address answered in HTTP without gRPC, as a proxy does. */
  isHttpOnly?: boolean;
  /** The challenge of a 401 without its realm, such as `error="invalid_token"` (RFC 6750). */
  challenge?: string;
}

/** The gateway's only error type: an error for a client, before a stream or within it. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  /** The cause, for the client. */
  readonly details: string;
  readonly httpStatus: number;
  /** After how many seconds the client may retry; undefined if unknown. */
  readonly retryAfterSec: number | undefined;
  /** The value of `x-should-retry` that a fault sets, in dialects with such a header. */
  readonly shouldRetry: boolean | undefined;
  readonly missing: Missing | undefined;
  readonly page: string | undefined;
  /** Whether the details come from the agent. They may quote a prompt, so they are not logged. */
  readonly isAgents: boolean;
  /** Whether the agent's address answered in HTTP without gRPC, as a proxy does. */
  readonly isHttpOnly: boolean;
  readonly #challenge: string | undefined;

  constructor(
    code: ErrorCode,
    details: string,
    {
      httpStatus,
      retryAfterSec,
      shouldRetry,
      missing,
      page,
      isAgents = false,
      isHttpOnly = false,
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
    this.shouldRetry = shouldRetry;
    this.missing = missing;
    this.page = page;
    this.isAgents = isAgents;
    this.isHttpOnly = isHttpOnly;
    this.#challenge = challenge;
  }

  /** Returns the headers of the HTTP response. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.retryAfterSec !== undefined) headers['Retry-After'] = String(this.retryAfterSec);
    // HTTP requires a challenge with every 401, even if the agent caused it.
    if (this.httpStatus === 401) {
      headers['WWW-Authenticate'] = ['Bearer realm="rehearsal"', this.#challenge]
        .filter((part) => part !== undefined)
        .join(', ');
    }
    return headers;
  }
}

/** Returns the body of an error, the same for HTTP and for events. */
export function errorBody({ code, details }: GatewayError): ErrorBody {
  return { error: errorKinds[code].error, code, details };
}

/** Returns the error of a stream that lived too long (C5). */
export function timeLimitError(): GatewayError {
  return new GatewayError('TIMEOUT', 'the stream reached its time limit');
}

/** How grpc-js wraps the reason of a failed connection, sometimes with a date. */
const failedConnection =
  /^No connection established\. Last error: (?:Error: )?(?<reason>.*?)(?: \(\d{4}-[\d:.TZ-]+\))?$/su;

/** Details from grpc-js about a failed connection, which quote no prompt. */
const connectionDetails =
  /^(?:no connection to the agent|No connection established|Connection dropped)/;

/**
 * Returns the error for the end of an agent's call, with the agent's details.
 * @param isHttpOnly whether the agent's address answered in HTTP without gRPC
 */
export function errorOfGrpcStatus(
  { code, details }: Pick<StatusObject, 'code' | 'details'>,
  isHttpOnly = false,
): GatewayError {
  // Some errors of grpc-js itself have no details, despite the type.
  const agentDetails = (details ?? '')
    .replace(/\. Resolution note: $/, '')
    .replace(failedConnection, 'no connection to the agent: $<reason>');
  // grpc-js itself reports that the deadline of the call has passed.
  if (code === status.DEADLINE_EXCEEDED && agentDetails.startsWith('Deadline exceeded after')) {
    return timeLimitError();
  }
  const isAgents = agentDetails !== '' && !isHttpOnly && !connectionDetails.test(agentDetails);
  return new GatewayError(
    codeOfGrpcStatus(status[code]),
    agentDetails || `the agent ended the call with status ${status[code] ?? code}`,
    { cause: isHttpOnly ? new Error(agentDetails) : undefined, isAgents, isHttpOnly },
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

/** Returns the error for an HTTP status of Koa or its middleware; undefined for other statuses. */
export function errorOfHttpStatus(httpStatus: number, details: string): GatewayError | undefined {
  const code = codeOfHttpStatus.get(httpStatus);
  return code === undefined ? undefined : new GatewayError(code, details);
}

/** Returns the `status` of a thrown value, as Koa and its middleware set it. */
export function httpStatusOf(thrown: unknown): number | undefined {
  return thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number'
    ? thrown.status
    : undefined;
}

/**
 * Converts any thrown value. Errors of Koa and its middleware keep their meaning. Anything else is an internal
 * error, whose cause is logged and never sent to the client.
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
