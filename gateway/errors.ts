import { status, type StatusObject } from '@grpc/grpc-js';

import { codeOfGrpcStatus, errorKinds, type ErrorCode } from '../proto/error-codes.ts';
import type { ErrorBody } from '../proto/stream-event.ts';

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
    codeOfGrpcStatus(code),
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
