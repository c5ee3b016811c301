import type { WireStep } from '../wire/event-faults.ts';
import type { SseFormat } from './sse.ts';

/**
 * Returns an event's bytes: all of them, those of one whose JSON breaks off, or the first half of them. Where a
 * format writes several events for one, the first of them breaks off and the others are lost: nothing of the
 * stream after the place of the fault can be read.
 */
export function stepBytes(
  { event, as, chars }: Extract<WireStep, { do: 'send' }>,
  format: SseFormat,
  lineEnd: string,
): Buffer {
  const whole = format.write(event, chars);
  const encode = (text: string) => Buffer.from(text.replaceAll('\n', lineEnd));
  if (as === 'whole' || whole === '') return encode(whole);
  const first = whole.slice(0, whole.indexOf('\n\n') + 2);
  if (as === 'malformed') return encode(`${breakOff(first)}\n\n`);
  const bytes = encode(first);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

/** Returns an event without the last field of its data, or without its last character where it has one field. */
function breakOff(event: string): string {
  const comma = event.lastIndexOf(',');
  return comma < 0 ? event.trimEnd().slice(0, -1) : event.slice(0, comma);
}
