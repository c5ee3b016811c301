import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { errorCodes, errorKinds, GatewayError, type ErrorCode } from '../errors.ts';

/** 502 has no code of its own: it is a proxy's word for an agent that it cannot use. */
const badGateway = 502;

/** The code of the first error with that status, else of any request or generation that failed. */
export function codeOfWireStatus(status: number): ErrorCode {
  if (status === badGateway) return 'AGENT_UNAVAILABLE';
  const known = errorCodes.find((code) => errorKinds[code].httpStatus === status);
  return known ?? (status < 500 ? 'INVALID_REQUEST' : 'GENERATION_ERROR');
}

/** The error that is told where a stream should be: as this gateway would, or on a proxy's page. */
export function errorInPlace({ status, retryAfterSec, body }: WireFaultOf<'status'>): GatewayError {
  return new GatewayError(codeOfWireStatus(status), 'a fault of the wire', {
    httpStatus: status,
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
    ...(body === 'json' ? {} : { page: pageOf(status) }),
  });
}

function pageOf(status: number): string {
  return `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`;
}
