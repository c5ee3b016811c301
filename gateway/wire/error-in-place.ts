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

/** The error that is told where a stream should be: as this gateway would, or on a proxy's page. */
export function errorInPlace({ status, retryAfterSec, body }: WireFaultOf<'status'>): GatewayError {
  return new GatewayError(codeOfWireStatus[status], 'a fault of the wire', {
    httpStatus: status,
    ...(retryAfterSec === undefined ? {} : { retryAfterSec }),
    ...(body === 'json' ? {} : { page: pageOf(status) }),
  });
}

function pageOf(status: number): string {
  return `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`;
}
