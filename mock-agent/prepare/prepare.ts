import type { Behaviour } from '../plan/behaviour.ts';
import { bytesOf, bytesOfText, packChunks, type PackedChunks } from '../play/packed-chunks.ts';
import { planToPlay, type StreamToPlay } from '../plan/plan.ts';
import type { Playable } from '../play/play.ts';
import { behaviourOf, type ResolvedRequest } from './resolve-request.ts';
import { slowedDown } from '../plan/slowing.ts';
import { unitsOfBehaviour } from './stream-size.ts';

/** A planned stream in the form that the agent plays. */
export interface PreparedStream
  extends
    Playable,
    Pick<StreamToPlay, 'scenario' | 'key' | 'seed' | 'nth' | 'speed' | 'wire' | 'faults'> {
  /** The bytes of memory that it shares with no other stream. */
  bytes: number;
}

/**
 * Plans a stream and packs its plan into a tenth of the memory.
 * @param inFlight the number of open streams, this one included
 * @throws AgentError if the request's fault is invalid
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

/** Returns the code units of long chunks of a generated text; all other texts are shared. */
function ownLongUnits(behaviour: Behaviour, { special }: PackedChunks): number {
  if (behaviour.trace !== undefined || !('generate' in behaviour.text)) return 0;
  let units = 0;
  for (const { delta } of special.values()) units += delta.length;
  return Math.min(units, unitsOfBehaviour(behaviour));
}

/** Replaces the text of a stream by `original` if it is a copy of its beginning. */
export function shareText(prepared: PreparedStream, original: string): PreparedStream {
  const { chunks, bytes } = prepared;
  if (chunks.text.length < sharedFromUnits || !original.startsWith(chunks.text)) return prepared;
  return {
    ...prepared,
    chunks: { ...chunks, text: original },
    bytes: bytes - bytesOfText(chunks),
  };
}

/** Shorter texts are not worth the comparison. */
const sharedFromUnits = 1000;
