import { errorKinds } from '../../error-codes.ts';
import type { ErrorBody } from '../../stream-event.ts';
import type { DialectError, ErrorAnswer, Missing } from '../dialect.ts';
import { exhaustedLimits } from './headers.ts';

/** How the provider names a kind of error. */
interface ErrorName {
  type: string;
  code: string | null;
}

const namesByStatus: Readonly<Record<number, ErrorName>> = {
  401: { type: 'invalid_request_error', code: 'invalid_api_key' },
  403: { type: 'invalid_request_error', code: 'unsupported_country_region_territory' },
  404: { type: 'invalid_request_error', code: 'model_not_found' },
  429: { type: 'requests', code: 'rate_limit_exceeded' },
};

const codesOfMissing: Readonly<Record<Missing, string | null>> = {
  path: 'unknown_url',
  answer: null,
};

function nameOf(httpStatus: number, missing?: Missing): ErrorName {
  if (missing !== undefined) {
    return { type: 'invalid_request_error', code: codesOfMissing[missing] };
  }
  return (
    namesByStatus[httpStatus] ??
    (httpStatus < 500
      ? { type: 'invalid_request_error', code: null }
      : { type: 'server_error', code: null })
  );
}

/** The error object of an event, whose HTTP status nobody sees. */
export function chatError({ code, error, details }: ErrorBody) {
  const { type, code: name } = nameOf(errorKinds[code].httpStatus);
  return { message: details || error, type, param: null, code: name };
}

/** The answer in place of a stream. */
export function chatErrorAnswer({
  httpStatus,
  message,
  missing,
  param,
  retryAfterSec,
  shouldRetry,
}: DialectError): ErrorAnswer {
  const { type, code } = nameOf(httpStatus, missing);
  return {
    headers: {
      ...(retryAfterSec === undefined ? {} : { 'retry-after-ms': String(retryAfterSec * 1000) }),
      ...(shouldRetry === undefined ? {} : { 'x-should-retry': String(shouldRetry) }),
      ...(httpStatus === 429 ? exhaustedLimits(retryAfterSec) : {}),
    },
    body: { error: { message, type, param: param ?? null, code } },
  };
}
