import { wireFaultOf, type WireFaultOf } from '../../proto/wire-fault.ts';
import type { PlannedStream } from '../planned-stream.ts';

/**
 * The text that a right client has read in the end, once the wire has done to it what the plan says.
 *
 * It reads up to the final chunk (whatever follows that, nobody should see, B3), to where the wire is
 * cut, or to the first event that it cannot read.
 */
export function textThroughWire({ chunks, wire }: Pick<PlannedStream, 'chunks' | 'wire'>): string {
  if (wireFaultOf(wire, 'status') || wireFaultOf(wire, 'content-type')) return '';
  const final = chunks.findIndex(({ isFinal }) => isFinal);
  const sent = chunks
    .slice(0, final < 0 ? chunks.length : final + 1)
    .map(({ delta }) => delta)
    .join('');
  if (wire.length === 0) return sent;

  const chars = Array.from(sent);
  const events = wire.filter((fault): fault is WireFaultOf<'event'> => fault.fault === 'event');
  const cutAt = wireFaultOf(wire, 'cut')?.afterChars ?? Number.POSITIVE_INFINITY;
  const bounds = [0, cutAt, chars.length]
    .concat(
      events.flatMap(({ fromChar, toChar, nextToChar = toChar }) => [fromChar, toChar, nextToChar]),
    )
    .filter((bound) => bound <= Math.min(cutAt, chars.length));
  const ordered = [...new Set(bounds)].toSorted((a, b) => a - b);

  let text = '';
  let heldBack = '';
  for (const [index, fromChar] of ordered.slice(0, -1).entries()) {
    const span = chars.slice(fromChar, ordered[index + 1]).join('');
    const how = events.find((fault) => fault.fromChar === fromChar && fault.toChar > fromChar)?.how;
    if (how === 'malformed') return text;
    if (how === 'swapped') {
      heldBack = span;
      continue;
    }
    text += how === 'missing' ? '' : how === 'duplicated' ? span + span : span;
    text += heldBack;
    heldBack = '';
  }
  return text;
}
