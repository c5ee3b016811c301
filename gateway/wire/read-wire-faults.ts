import type { Metadata } from '@grpc/grpc-js';

import { parseWireFaults, wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import { GatewayError } from '../errors.ts';

/**
 * What the agent asks to have done to a stream on its way.
 * @throws GatewayError where it asks for something that is unknown here: nothing is left out in silence.
 */
export function readWireFaults(metadata: Metadata | undefined): WireFault[] {
  const [json] = metadata?.get(wireMetadata) ?? [];
  if (json === undefined) return [];
  const faults = parseWireFaults(json.toString());
  if (faults !== undefined) return faults;
  throw new GatewayError(
    'GENERATION_ERROR',
    `the agent asks for faults of the wire that this gateway does not know, in ${wireMetadata}`,
  );
}
