import { bodyParser } from '@koa/bodyparser';
import type { Context, Next } from 'koa';

import { formatSize } from '../../proto/notation/size-notation.ts';
import { GatewayError, httpStatusOf } from '../errors.ts';

/** Refuses a body that is not declared as JSON. */
export function requireJson(context: Context, next: Next) {
  if (context.request.is('application/json') === false) {
    throw new GatewayError(
      'UNSUPPORTED_MEDIA_TYPE',
      'header Content-Type: must be application/json',
    );
  }
  return next();
}

/**
 * Parses the body of a request as JSON.
 * @param expected what the body must be, for the error message
 */
export function parseJson(limitBytes: number, expected: string) {
  return bodyParser({
    enableTypes: ['json'],
    jsonLimit: limitBytes,
    onError(error, context) {
      const httpStatus = httpStatusOf(error);
      if (httpStatus === 413) {
        const limit = formatSize(limitBytes).replace(/(?<=\d)(?=\D)/, ' ');
        const details = `body: must not exceed ${limit} (--body-limit)`;
        throw new GatewayError('PAYLOAD_TOO_LARGE', details);
      }
      if (httpStatus === 415) {
        const details = 'header Content-Encoding: must be gzip, deflate or br, or left out';
        throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', details);
      }
      if ('code' in error && String(error.code).startsWith('Z_')) {
        const details = 'body: cannot be decompressed as the header Content-Encoding says';
        throw new GatewayError('INVALID_REQUEST', details);
      }
      const text = 'body' in error && typeof error.body === 'string' ? error.body : '';
      const value = parseObject(text);
      if (value === undefined) {
        throw new GatewayError('INVALID_REQUEST', `body: must be ${expected}`);
      }
      context.request.body = value;
      context.request.rawBody = text;
    },
  });
}

/**
 * Parses a body that the parser refuses for its key `__proto__`, which is an unknown field like any other:
 * no reader of a body copies it. Returns undefined for what is no JSON object or list.
 */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
