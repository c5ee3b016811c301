import type { Metadata } from '@grpc/grpc-js';

import { parseWireFaults, wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import { GatewayError } from '../errors.ts';

/**
 * Returns the wire faults that the agent requests.
 * @throws GatewayError if one is unknown, so that none is ignored silently
 */
export function readWireFaults(metadata: Metadata | undefined): WireFault[] {
  const [json] = metadata?.get(wireMetadata) ?? [];
  if (json === undefined) return [];
  const faults = parseWireFaults(json.toString());
  if (faults !== undefined) return faults;
  throw new GatewayError(
    'GENERATION_ERROR',
    `the agent requests wire faults that this gateway does not know, in ${wireMetadata}`,
  );
}
