import { codeOfWireStatus } from '../../proto/error-codes.ts';
import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { GatewayError } from '../errors.ts';

/** Returns the error that replaces a stream, as JSON like the gateway's own or as a proxy's page. */
export function errorInPlace({
  status,
  retryAfterSec,
  shouldRetry,
  body,
}: WireFaultOf<'status'>): GatewayError {
  return new GatewayError(codeOfWireStatus(status), 'a fault of the wire', {
    httpStatus: status,
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
    ...(shouldRetry === undefined ? {} : { shouldRetry }),
    ...(body === 'json' ? {} : { page: pageOf(status) }),
  });
}

function pageOf(status: number): string {
  return `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`;
}
