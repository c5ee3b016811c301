import type { ErrorBody, MessageEvent } from '../../../proto/stream-event.ts';
import {
  createBodyReader,
  createFramedReader,
  type BodyReader,
  type EndEvent,
  type ReadingWriter,
} from './body-reader.ts';

/** A received event that follows the protocol. */
export type ReceivedEvent =
  | MessageEvent
  | { event: 'error'; data: Pick<ErrorBody, 'error' | 'code'> & { details?: unknown } };

/**
 * Creates a reader of one stream of the specified format. Unknown events are ignored, pings are allowed
 * anywhere.
 * @param listen receives every message, and the error that ends the stream
 */
export function createStreamReader(listen?: (event: ReceivedEvent) => void): BodyReader {
  return createBodyReader((writer) => {
    const take = takeEvents(writer, listen);
    return ({ event, data }) => take(event, parseJson(data));
  });
}

/** Creates a reader of one stream over WebSocket: it is fed one text message at a time. */
export function createWebSocketReader(): BodyReader {
  return createFramedReader<{ json: unknown; id: undefined }>(
    (writer) => {
      const take = takeEvents(writer);
      return ({ json }) => {
        if (isObject(json) && typeof json['event'] === 'string') take(json['event'], json['data']);
        else writer.malformed('a message without an event');
      };
    },
    (onEvent, longestChars) => (bytes) => {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
      if (text.length > longestChars) return false;
      onEvent({ json: parseJson(text), id: undefined });
      return true;
    },
  );
}

/** Returns a function that writes an event and its data, as parsed from JSON, into a reading. */
function takeEvents(
  writer: ReadingWriter,
  listen: (event: ReceivedEvent) => void = () => {},
): (event: string, data: unknown) => void {
  const { reading } = writer;

  function onMessage(data: unknown): void {
    if (!isMessage(data)) {
      writer.malformed('data of a message');
      return;
    }
    writer.message();
    if (reading.end !== null) {
      writer.malformed(afterTheEnd(data.isFinal ? 'final message' : 'message', reading.end));
      return;
    }
    writer.text(data.delta);
    listen({ event: 'message', data });
    if (data.isFinal) writer.final();
  }

  function onErrorEvent(data: unknown): void {
    if (!isErrorBody(data)) writer.malformed('data of an error');
    else if (reading.end !== null) writer.malformed(afterTheEnd('error', reading.end));
    else {
      listen({ event: 'error', data });
      writer.error(data.code);
    }
  }

  return (event, data) => {
    switch (event) {
      case 'message':
        onMessage(data);
        return;
      case 'error':
        onErrorEvent(data);
        return;
      case 'ping':
        if (isPing(data)) writer.ping();
        else writer.malformed('data of a ping');
        return;
      default:
    }
  };
}

function afterTheEnd(event: string, end: EndEvent): string {
  return `${event} after the ${end.kind === 'final' ? 'final message' : 'error'}`;
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function isMessage(data: unknown): data is MessageEvent['data'] {
  return (
    isObject(data) && typeof data['delta'] === 'string' && typeof data['isFinal'] === 'boolean'
  );
}

function isErrorBody(data: unknown): data is Extract<ReceivedEvent, { event: 'error' }>['data'] {
  return isObject(data) && typeof data['error'] === 'string' && typeof data['code'] === 'string';
}

function isPing(data: unknown): boolean {
  return isObject(data) && typeof data['timestamp'] === 'number';
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null;
}
