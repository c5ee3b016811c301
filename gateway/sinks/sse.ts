import type { ServerResponse } from 'node:http';

import { countChars } from '../../proto/notation/code-points.ts';
import type { StreamEvent } from '../../proto/stream-event.ts';
import type { EventSink } from '../stream/stream.ts';

/**
 * The headers of every stream, exactly as specified (B1). The specified load test compares the content type
 * for equality, so it has no charset.
 */
const sseHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  Connection: 'keep-alive',
  'X-Accel-Buffering': 'no',
  'Access-Control-Allow-Origin': '*',
} as const;

/** How the events of a stream are written. */
export interface SseFormat {
  headers: Record<string, string>;
  /** What is sent before the first event; may be empty. */
  start(): string;
  /**
   * Called with every event in the order of the stream, also those that a fault drops or moves, before any
   * of them is written.
   */
  prepare?(event: StreamEvent): void;
  /**
   * Returns the text of an event; empty where it has none.
   * @param chars code points of text sent up to and with it; 0 unless `countsChars`
   */
  write(event: StreamEvent, chars: number): string;
  countsChars: boolean;
  /** Whether the client has all that was prepared so far from an earlier connection. */
  wasRead?(): boolean;
  /** Whether events show more than text. */
  hasParts: boolean;
}

/** How the specified interface writes events. */
export interface SseForm {
  /** `data` omits the event names, for readers that know only `data:` blocks. */
  frames: 'named' | 'data';
  /** The reconnection time for browsers; null sends none. */
  retryMs: number | null;
  /** Returns the id with which a client can resume after an event; `chars` is the text up to its end. */
  idOf: ((event: StreamEvent, chars: number) => string | undefined) | null;
}

/**
 * Longer than a gateway takes to close. A browser that reconnects earlier gets a 503, which closes its
 * EventSource for good. The browsers' own default is 3 s or more.
 */
const restartMs = 3000;

/**
 * Formats an event by the WHATWG standard (B2, C3, C4).
 *
 * JSON escapes every line end of the text; a bare CR or LF would end the `data` line.
 * @param chars code points of the text up to the end of the event, for ids
 */
function formatEvent(event: StreamEvent, form: SseForm, chars: number): string {
  const { frames, idOf } = form;
  const id = idOf?.(event, chars);
  const idLine = (id === undefined ? '' : `id: ${id}\n`) + retryLine(event, form);
  const data = event.event === 'message' ? messageJson(event.data) : JSON.stringify(event.data);
  if (frames === 'named') return `event: ${event.event}\ndata: ${data}\n${idLine}\n`;
  // Without its name a ping would look like a message; a comment keeps the connection alive too.
  return event.event === 'ping' ? `: ping ${data}\n\n` : `data: ${data}\n${idLine}\n`;
}

/** Returns a longer reconnection time for a shutdown, if a shorter one was set. */
function retryLine({ event, data }: StreamEvent, { idOf, retryMs }: SseForm): string {
  const isShutdown = event === 'error' && data.code === 'SHUTTING_DOWN';
  if (!isShutdown || idOf === null || retryMs === null || retryMs >= restartMs) return '';
  return `retry: ${restartMs}\n`;
}

/** Equal to JSON.stringify of the object, but faster. */
function messageJson({ delta, isFinal }: { delta: string; isFinal: boolean }): string {
  return `{"delta":${JSON.stringify(delta)},"isFinal":${isFinal}}`;
}

/** HTTP/2 has no header for the connection (RFC 9113, 8.2.2): one connection carries many streams. */
const { Connection: _, ...sseHeadersOfHttp2 } = sseHeaders;

const isHttp2 = ({ req }: ServerResponse): boolean => req.httpVersionMajor >= 2;

/** Sets status and headers of a stream; they are sent with the first byte of the body. */
export function startSse(response: ServerResponse, headers: Record<string, string> = {}): void {
  if (isHttp2(response)) {
    response.writeHead(200, { ...sseHeadersOfHttp2, ...headers });
    return;
  }
  // B1 requires `keep-alive` in every response. A client that has requested the opposite, such as an HTTP/1.0
  // proxy, still needs the end of the connection to detect the end of the stream.
  const { socket } = response.req;
  if (!response.shouldKeepAlive) response.once('finish', () => socket.end());
  response.writeHead(200, { ...sseHeaders, ...headers });
}

/** The specified interface's format. */
export function specifiedFormat(form: SseForm): SseFormat {
  const { retryMs, idOf } = form;
  return {
    headers: {},
    start: () => (retryMs === null ? '' : `retry: ${retryMs}\n\n`),
    write: (event, chars) => formatEvent(event, form, chars),
    countsChars: idOf !== null,
    hasParts: false,
  };
}

/**
 * Turns a response into a stream, and sends its headers at once.
 * @param fromChar code points that the client has already read
 */
export function openSse(response: ServerResponse, format: SseFormat, fromChar: number): EventSink {
  startSse(response, format.headers);
  // Node writes the parts of an HTTP chunk separately: length, line end, text, line end. One string per event
  // costs half as much.
  const isChunked = response.chunkedEncoding;
  response.chunkedEncoding = false;
  response.flushHeaders();
  // Null for a pipelined request until the earlier responses have ended. HTTP/2 writes its own frames.
  const socket = isHttp2(response) ? null : response.socket;
  const write = (text: string): boolean => {
    const byteLength = Buffer.byteLength(text);
    const bytes = isChunked ? `${byteLength.toString(16)}\r\n${text}\r\n` : text;
    // ASCII text, the common case, needs no encoding.
    const encoding = byteLength === text.length ? 'latin1' : 'utf8';
    if (socket === null) return response.write(bytes, encoding);
    // A client that has left is detected by the connection's `close`.
    return !socket.writable || socket.write(bytes, encoding);
  };

  const prologue = format.start();
  if (prologue !== '') write(prologue);
  const { countsChars } = format;
  let chars = fromChar;
  return {
    send(event) {
      if (countsChars && event.event === 'message') chars += countChars(event.data.delta);
      const text = format.write(event, chars);
      // An empty chunk would end the body.
      return text === '' || write(text);
    },
    onceDrained: (callback) => (socket ?? response).once('drain', callback),
    end(flushed) {
      // Node writes the last chunk, which ends the body.
      response.chunkedEncoding = isChunked;
      response.end(flushed);
    },
    destroy: () => response.destroy(),
  };
}
