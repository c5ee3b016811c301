import { ContractError } from '../../proto/contract-error.ts';
import type {
  Dialect,
  DialectError,
  ErrorAnswer,
  StreamIdentity,
} from '../../proto/dialects/dialect.ts';
import { errorKinds } from '../../proto/error-codes.ts';
import type { ErrorBody } from '../../proto/stream-event.ts';
import type { GatewayError } from '../errors.ts';

type ErrorIdentity = Pick<StreamIdentity, 'hash' | 'createdSec'>;

/** Returns the dialect's answer for an error before the stream. */
export function dialectErrorAnswer(
  dialect: Dialect,
  error: GatewayError,
  identity: ErrorIdentity,
): ErrorAnswer {
  const { httpStatus, code, details, missing, retryAfterSec, shouldRetry, cause } = error;
  const { param, details: ofField } = cause instanceof ContractError ? cause : {};
  return answerOf(
    dialect,
    {
      httpStatus,
      code,
      message: details || errorKinds[code].error,
      missing,
      param,
      details: ofField,
      retryAfterSec,
      shouldRetry,
    },
    identity,
  );
}

/** Returns the dialect's answer for an error of a stream that was not sent yet. */
export function dialectStreamError(
  dialect: Dialect,
  { code, error, details }: ErrorBody,
  identity: ErrorIdentity,
) {
  const { httpStatus } = errorKinds[code];
  const answer = answerOf(dialect, { httpStatus, code, message: details || error }, identity);
  return { status: httpStatus, headers: exposed(answer.headers), body: answer.body };
}

function answerOf(
  dialect: Dialect,
  error: Omit<DialectError, 'hash' | 'createdSec'>,
  { hash, createdSec }: ErrorIdentity,
): ErrorAnswer {
  const { headers, body } = dialect.errorAnswer({ ...error, hash, createdSec });
  return { headers: { ...dialect.headers({ hash, createdSec, model: '' }), ...headers }, body };
}

/** Returns the headers with the one by which a page on another origin may read them. */
export function exposed(headers: Record<string, string>): Record<string, string> {
  const names = Object.keys(headers);
  return names.length === 0
    ? headers
    : { ...headers, 'Access-Control-Expose-Headers': names.join(', ') };
}
