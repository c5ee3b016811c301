import { wireFaultOf, type WireFault } from '../../proto/wire-fault.ts';
import type { WireStep } from '../wire/event-faults.ts';
import type { SseFormat } from './sse.ts';

/** Writes a stream as bytes, with the faults that change how its lines are written. */
export interface StepWriter {
  /** Returns the bytes before the first event. */
  start(): Buffer;
  /**
   * Returns an event's bytes: all of them, those of one whose JSON breaks off, or the first half of them. Where
   * a format writes several events for one, the first of them breaks off and the others are lost: nothing of
   * the stream after the place of the fault can be read.
   */
  write(step: Extract<WireStep, { do: 'send' }>): Buffer;
}

export function createStepWriter(faults: readonly WireFault[], format: SseFormat): StepWriter {
  const lineEnd = wireFaultOf(faults, 'crlf') === undefined ? '\n' : '\r\n';
  const encode = (text: string) => Buffer.from(text.replaceAll('\n', lineEnd));
  return {
    start: () => encode(format.start()),
    write({ event, as, chars }) {
      const whole = format.write(event, chars);
      if (as === 'whole' || whole === '') return encode(whole);
      const first = whole.slice(0, whole.indexOf('\n\n') + 2);
      if (as === 'malformed') return encode(`${breakOff(first)}\n\n`);
      const bytes = encode(first);
      return bytes.subarray(0, Math.floor(bytes.length / 2));
    },
  };
}

/** Returns an event without the last field of its data, or without its last character where it has one field. */
function breakOff(event: string): string {
  const comma = event.lastIndexOf(',');
  return comma < 0 ? event.trimEnd().slice(0, -1) : event.slice(0, comma);
}
