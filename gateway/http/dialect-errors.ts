import { createHash } from 'node:crypto';

import { ContractError } from '../../proto/contract-error.ts';
import type { Dialect, DialectError, ErrorAnswer } from '../../proto/dialects/dialect.ts';
import { errorKinds } from '../../proto/error-codes.ts';
import type { ErrorBody } from '../../proto/stream-event.ts';
import type { GatewayError } from '../errors.ts';
import { identityOf } from './stream-identity.ts';

/** Returns the dialect's answer for an error before the stream. */
export function dialectErrorAnswer(dialect: Dialect, error: GatewayError): ErrorAnswer {
  const { httpStatus, code, details, missing, retryAfterSec, shouldRetry, cause } = error;
  const { param, details: ofField } = cause instanceof ContractError ? cause : {};
  return answerOf(dialect, {
    httpStatus,
    code,
    message: details || errorKinds[code].error,
    missing,
    param,
    details: ofField,
    retryAfterSec,
    shouldRetry,
  });
}

/** Returns the dialect's answer for an error of a stream that was not sent yet. */
export function dialectStreamError(dialect: Dialect, { code, error, details }: ErrorBody) {
  const { httpStatus } = errorKinds[code];
  const answer = answerOf(dialect, { httpStatus, code, message: details || error });
  return { status: httpStatus, headers: exposed(answer.headers), body: answer.body };
}

function answerOf(dialect: Dialect, error: Omit<DialectError, 'hash' | 'createdSec'>): ErrorAnswer {
  const identity = identityOf(createHash('sha256').update(JSON.stringify(error)).digest(), '');
  const { headers, body } = dialect.errorAnswer({ ...error, ...identity });
  return { headers: { ...dialect.headers(identity), ...headers }, body };
}

/** Returns the headers with the one by which a page on another origin may read them. */
export function exposed(headers: Record<string, string>): Record<string, string> {
  const names = Object.keys(headers);
  return names.length === 0
    ? headers
    : { ...headers, 'Access-Control-Expose-Headers': names.join(', ') };
}
