import type { Encoder } from '../../proto/dialects/dialect.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import type { SseFormat } from './sse.ts';

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
): SseFormat {
  let encoder: Encoder | undefined;
  const written = new WeakMap<StreamEvent, string>();

  const start = (): string => {
    if (encoder !== undefined) return '';
    encoder = open();
    return encoder.start();
  };

  const encode = (event: StreamEvent): string => {
    // Nothing stands before the stream's own first event.
    if (event.event === 'ping' && encoder === undefined) return '';
    return start() + (encoder?.event(event) ?? '');
  };

  return {
    headers,
    start: () => (isDescribed() ? start() : ''),
    prepare: (event) => void written.set(event, encode(event)),
    write: (event) => written.get(event) ?? encode(event),
    countsChars: false,
  };
}
