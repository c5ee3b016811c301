import { Metadata, type ServerWritableStream, type status } from '@grpc/grpc-js';

import type { GenerateRequest, OutgoingChunk } from '../../proto/agent-service.ts';
import {
  keyMetadata,
  nthMetadata,
  scenarioMetadata,
  seedMetadata,
  setText,
  speedMetadata,
  struckMetadata,
} from '../../proto/metadata.ts';
import { wireMetadata } from '../../proto/wire-fault.ts';
import type { PreparedStream } from '../prepare/prepare.ts';

/** A call of `GenerateTextStream`, on the agent's side. */
export type Call = ServerWritableStream<GenerateRequest, OutgoingChunk>;

/**
 * Returns the initial metadata of a stream: how to request the same stream again, and the wire faults that a
 * gateway should apply.
 */
export function describePlan({
  scenario,
  key,
  seed,
  nth,
  speed,
  wire,
  faults,
}: Pick<
  PreparedStream,
  'scenario' | 'key' | 'seed' | 'nth' | 'speed' | 'wire' | 'faults'
>): Metadata {
  const metadata = new Metadata();
  setText(metadata, scenarioMetadata, scenario);
  setText(metadata, keyMetadata, key);
  metadata.set(seedMetadata, String(seed));
  metadata.set(nthMetadata, String(nth));
  metadata.set(speedMetadata, String(speed));
  if (faults.length > 0) metadata.set(struckMetadata, faults.join());
  if (wire.length > 0) metadata.set(wireMetadata, JSON.stringify(wire));
  return metadata;
}

/** In code units. Percent-encoded, the details stay below the clients' limit for trailers. */
const mostDetails = 2000;

/**
 * Ends a call with a status. `destroy()` would send none, so the client would wait for its deadline.
 * @param metadata sent with the status
 */
export function endWith(
  call: Call,
  code: status,
  details: string,
  metadata: Metadata = new Metadata(),
): void {
  // grpc-js encodes the details with `encodeURI`, which throws on half a surrogate pair.
  const safeDetails = details.slice(0, mostDetails).toWellFormed();
  call.emit('error', { code, details: safeDetails, metadata });
}
