import { errorKinds } from '../../error-codes.ts';
import type { ErrorBody } from '../../stream-event.ts';
import type { DialectError, ErrorAnswer } from '../dialect.ts';
import { exhaustedLimits, requestId } from './headers.ts';

const typesByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

function typeOf(httpStatus: number): string {
  return typesByStatus[httpStatus] ?? (httpStatus < 500 ? 'invalid_request_error' : 'api_error');
}

/** The data of an `error` event, whose HTTP status nobody sees. */
export function messageError({ code, error, details }: ErrorBody) {
  const isOverloaded = code === 'OVERLOADED' || code === 'AGENT_UNAVAILABLE';
  const type = isOverloaded ? 'overloaded_error' : typeOf(errorKinds[code].httpStatus);
  return { type: 'error', error: { type, message: details || error }, request_id: null };
}

/** The answer in place of a stream. */
export function messageErrorAnswer(error: DialectError): ErrorAnswer {
  const { httpStatus, message, details, retryAfterSec, shouldRetry, createdSec } = error;
  return {
    headers: {
      ...(shouldRetry === undefined ? {} : { 'x-should-retry': String(shouldRetry) }),
      ...(httpStatus === 429 ? exhaustedLimits(createdSec, retryAfterSec) : {}),
    },
    body: {
      type: 'error',
      error: { type: typeOf(httpStatus), message, ...(details === undefined ? {} : { details }) },
      request_id: requestId(error),
    },
  };
}
