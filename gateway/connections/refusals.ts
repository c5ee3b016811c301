import type { IncomingMessage } from 'node:http';

import { GatewayError } from '../errors.ts';

/** The limit of URL and headers together; the app limits the URL alone. */
export const headLimitKiB = 32;

/**
 * The errors with which requests were answered before the app had read them, by connection (HTTP/1.1, where
 * there may be no request) or by request; undefined for a request that its client ended too early.
 */
const refusals = new WeakMap<object, GatewayError | undefined>();

export function noteRefusal(of: object, error: GatewayError | undefined): void {
  refusals.set(of, error);
}

export function isRefused(of: object): boolean {
  return refusals.has(of);
}

/** Returns the error with which a request was answered outside the app. */
export function refusalOf(request: IncomingMessage): GatewayError | undefined {
  return refusals.get(request) ?? refusals.get(request.socket);
}

export function tooLongHead(): GatewayError {
  const details = `request: its URL and headers must not exceed ${headLimitKiB} KiB together`;
  return new GatewayError('INVALID_REQUEST', details, { httpStatus: 431 });
}

export function lateRequest(): GatewayError {
  return new GatewayError('INVALID_REQUEST', 'request: did not arrive in time', {
    httpStatus: 408,
  });
}
