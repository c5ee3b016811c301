import type { ServerResponse } from 'node:http';

import type { StreamEvent } from '../proto/stream-event.ts';
import type { EventSink } from './stream.ts';

/**
 * The headers of every stream, to the letter (specification B1): its load test compares the content
 * type for equality, so no charset is appended.
 */
const sseHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  Connection: 'keep-alive',
  'X-Accel-Buffering': 'no',
  'Access-Control-Allow-Origin': '*',
} as const;

/**
 * One event as the WHATWG standard has it on the wire (specification B2, C3, C4).
 *
 * JSON keeps every line end of the text escaped: a bare CR or LF would end the `data` line.
 */
export function formatEvent({ event, data }: StreamEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Makes a response that of a stream; its headers leave with the first byte after them. */
export function startSse(response: ServerResponse, headers: Record<string, string> = {}): void {
  // B1 has `keep-alive` in every answer. A client that asked for the opposite, as a proxy that speaks
  // HTTP/1.0 does, still waits for the connection's end to know the stream's.
  const { socket } = response.req;
  if (!response.shouldKeepAlive) response.once('finish', () => socket.end());
  response.writeHead(200, { ...sseHeaders, ...headers });
}

/** Turns a response into a stream: sends the headers at once, and events as they come. */
export function openSse(response: ServerResponse): EventSink {
  startSse(response);
  response.flushHeaders();
  return {
    send: (event) => response.write(formatEvent(event)),
    onceDrained: (callback) => response.once('drain', callback),
    end: (flushed) => response.end(flushed),
    destroy: () => response.destroy(),
  };
}
