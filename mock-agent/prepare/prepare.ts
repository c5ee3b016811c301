import type { Behaviour } from '../plan/behaviour.ts';
import { bytesOf, packChunks, type PackedChunks } from '../play/packed-chunks.ts';
import { planToPlay, type StreamToPlay } from '../plan/plan.ts';
import type { Playable } from '../play/play.ts';
import { behaviourOf, type ResolvedRequest } from './resolve-request.ts';
import { slowedDown } from '../plan/slowing.ts';
import { unitsOfBehaviour } from './stream-size.ts';

/** A planned stream as the agent keeps it while it plays it. */
export interface PreparedStream
  extends
    Playable,
    Pick<StreamToPlay, 'scenario' | 'key' | 'seed' | 'nth' | 'speed' | 'wire' | 'faults'> {
  /** The memory that it takes and shares with no other stream. */
  bytes: number;
}

/**
 * Plans a stream and packs the plan, which may be ten times as large.
 * @param inFlight how many streams the agent has, this one included
 * @throws RefusedRequest for a fault of the request that is none.
 */
export function prepareStream(resolved: ResolvedRequest, inFlight: number): PreparedStream {
  const behaviour = behaviourOf(resolved);
  const plan = planToPlay(behaviour, resolved.seed, resolved.request);
  const { scenario, key, seed, nth, speed, faults, slowing } = plan;
  const { acceptAtMs, chunks, end, wire } = slowedDown(plan, slowing, inFlight);
  const packed = packChunks(chunks);
  const bytes = bytesOf(packed) + 2 * ownLongUnits(behaviour, packed);
  return { scenario, key, seed, nth, speed, faults, acceptAtMs, end, wire, chunks: packed, bytes };
}

/** Code units of long chunks; other texts than generated ones are in memory once, however many send them. */
function ownLongUnits(behaviour: Behaviour, { special }: PackedChunks): number {
  if (behaviour.trace !== undefined || !('generate' in behaviour.text)) return 0;
  let units = 0;
  for (const { delta } of special.values()) units += delta.length;
  return Math.min(units, unitsOfBehaviour(behaviour));
}

/** A text that is kept in any case, such as the prompt, in place of a copy of its beginning. */
export function shareText(prepared: PreparedStream, kept: string): PreparedStream {
  const { chunks, bytes } = prepared;
  if (chunks.text.length < sharedFromUnits || !kept.startsWith(chunks.text)) return prepared;
  return {
    ...prepared,
    chunks: { ...chunks, text: kept },
    bytes: bytes - bytesOf(chunks) + chunks.table.byteLength,
  };
}

/** Shorter texts are not worth a comparison. */
const sharedFromUnits = 1000;
