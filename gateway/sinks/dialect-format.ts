import type { Encoder } from '../../proto/dialects/dialect.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import type { SseFormat } from './sse.ts';

/** How far a stream has come, by the numbers of its format's events, or else of its messages from 1. */
interface Progress {
  /** The number of the last event that the client has from an earlier connection; none by default. */
  readUpTo?: number | undefined;
  /** Called with the number of each event that is written. */
  written?: ((number: number) => void) | undefined;
}

/**
 * Writes the events of a stream as a dialect does.
 *
 * An encoder counts what it has written, so every event passes it once and in order, whatever a fault does
 * with the event afterwards.
 * @param isDescribed whether the agent has described the stream, by which it is identified
 */
export function dialectFormat(
  headers: Record<string, string>,
  isDescribed: () => boolean,
  open: () => Encoder,
  { readUpTo = -1, written: onWritten }: Progress = {},
): SseFormat {
  let encoder: Encoder | undefined;
  let messages = 0;
  const written = new WeakMap<StreamEvent, string>();

  const numberOf = ({ lastNumber }: Encoder) => lastNumber?.() ?? messages;

  const start = (): string => {
    if (encoder !== undefined) return '';
    encoder = open();
    return encoder.start();
  };

  const encode = (event: StreamEvent): string => {
    // Nothing stands before the stream's own first event.
    if (event.event === 'ping' && encoder === undefined) return '';
    const opening = start();
    if (encoder === undefined) return opening;
    if (event.event === 'message') messages += 1;
    const text = encoder.event(event);
    onWritten?.(numberOf(encoder));
    return opening + text;
  };

  return {
    headers,
    start: () => (isDescribed() ? start() : ''),
    prepare: (event) => void written.set(event, encode(event)),
    write: (event) => written.get(event) ?? encode(event),
    wasRead: () => encoder !== undefined && numberOf(encoder) <= readUpTo,
    countsChars: false,
    hasParts: true,
  };
}
