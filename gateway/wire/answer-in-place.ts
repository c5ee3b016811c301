import type { Context } from 'koa';

import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { GatewayError, type ErrorCode } from '../errors.ts';

/** 502 has no code of its own: it is a proxy's word for an agent that it cannot use. */
export const codeOfWireStatus: Readonly<Record<WireFaultOf<'status'>['status'], ErrorCode>> = {
  429: 'RATE_LIMITED',
  500: 'GENERATION_ERROR',
  502: 'AGENT_UNAVAILABLE',
  503: 'AGENT_UNAVAILABLE',
  504: 'TIMEOUT',
};

/**
 * Answers with an HTTP status where a stream should be: as this gateway would, or as a proxy does.
 * @returns the error that a proxy's page stands for.
 * @throws GatewayError for the former, which the errors' own way answers.
 */
export function answerInPlace(
  context: Context,
  { status, retryAfterSec, body }: WireFaultOf<'status'>,
): GatewayError {
  const error = new GatewayError(codeOfWireStatus[status], 'a fault of the wire', {
    httpStatus: status,
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
  });
  if (body === 'json') throw error;
  context.set(error.headers());
  context.status = status;
  context.type = 'text/html';
  context.body = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`;
  return error;
}
