import { Metadata, type ServerWritableStream, type status } from '@grpc/grpc-js';

import type { GenerateRequest, OutgoingChunk } from '../../proto/agent-service.ts';
import {
  keyMetadata,
  nthMetadata,
  scenarioMetadata,
  seedMetadata,
  setText,
  speedMetadata,
} from '../../proto/metadata.ts';
import { wireMetadata } from '../../proto/wire-fault.ts';
import type { PreparedStream } from '../prepare/prepare.ts';

/** A call of `GenerateTextStream`, from the agent's side. */
export type Call = ServerWritableStream<GenerateRequest, OutgoingChunk>;

/**
 * What the agent tells a client beside the stream: how to ask for this very stream again, and what
 * a gateway should do to it on its way.
 */
export function describePlan({
  scenario,
  key,
  seed,
  nth,
  speed,
  wire,
}: Pick<PreparedStream, 'scenario' | 'key' | 'seed' | 'nth' | 'speed' | 'wire'>): Metadata {
  const metadata = new Metadata();
  setText(metadata, scenarioMetadata, scenario);
  setText(metadata, keyMetadata, key);
  metadata.set(seedMetadata, String(seed));
  metadata.set(nthMetadata, String(nth));
  metadata.set(speedMetadata, String(speed));
  if (wire.length > 0) metadata.set(wireMetadata, JSON.stringify(wire));
  return metadata;
}

/** In code units: percent-encoded they stay below what a client takes of trailers. */
const mostDetails = 2000;

/** Ends a call with a status: `destroy()` would send none, and leave the client to its deadline. */
export function endWith(call: Call, code: status, details: string): void {
  // grpc-js encodes the details by `encodeURI`, which throws at half a surrogate pair.
  const sent = details.slice(0, mostDetails).toWellFormed();
  call.emit('error', { code, details: sent, metadata: new Metadata() });
}
