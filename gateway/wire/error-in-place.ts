import { STATUS_CODES } from 'node:http';

import { codeOfWireStatus } from '../../proto/error-codes.ts';
import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { GatewayError } from '../errors.ts';

/** Beyond the registered ones: Anthropic's `overloaded_error`. */
const ownPhrases: Readonly<Record<number, string>> = { 529: 'Overloaded' };

/** Returns the error that replaces a stream, as JSON like the gateway's own or as a proxy's page. */
export function errorInPlace({
  status,
  retryAfterSec,
  shouldRetry,
  body,
}: WireFaultOf<'status'>): GatewayError {
  const phrase = ownPhrases[status] ?? STATUS_CODES[status];
  // A client shows this alone, so it says who wanted the error.
  const details = `${phrase ?? `HTTP status ${status}`} (fault httpStatus of Rehearsal)`;
  return new GatewayError(codeOfWireStatus(status), details, {
    httpStatus: status,
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
    ...(shouldRetry === undefined ? {} : { shouldRetry }),
    ...(body === 'json' ? {} : { page: pageOf([status, phrase].join(' ').trimEnd()) }),
  });
}

function pageOf(title: string): string {
  return `<html><head><title>${title}</title></head><body><h1>${title}</h1><p>fault httpStatus of Rehearsal</p></body></html>\n`;
}
