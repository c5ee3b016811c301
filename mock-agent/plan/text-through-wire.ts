import { eventEffects, textFaultsOf, rejectionBy, wireFaultOf } from '../../proto/wire-fault.ts';
import type { PlannedStream } from '../planned-stream.ts';

/**
 * Returns the text that a correct client reads, with the plan's wire faults applied.
 *
 * Such a client stops at the final chunk (B3), at a cut of the wire, or at the first event that it cannot
 * parse.
 */
export function textThroughWire({ chunks, wire }: Pick<PlannedStream, 'chunks' | 'wire'>): string {
  if (rejectionBy(wire) !== undefined) return '';
  const finalIndex = chunks.findIndex(({ isFinal }) => isFinal);
  const sentText = chunks
    .slice(0, finalIndex < 0 ? chunks.length : finalIndex + 1)
    .map(({ delta }) => delta)
    .join('');
  if (wire.length === 0) return sentText;

  const chars = Array.from(sentText);
  const events = textFaultsOf(wire);
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
    const fault = events.find((event) => event.fromChar === fromChar && event.toChar > fromChar);
    const effect = fault && eventEffects[fault.how];
    if (effect?.isUnreadable) return text;
    if (effect?.afterNext) {
      heldBack = span;
      continue;
    }
    text += span.repeat(effect?.copies ?? 1) + heldBack;
    heldBack = '';
  }
  return text;
}
