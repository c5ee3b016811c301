import type { ServerResponse } from 'node:http';

import type { StreamEvent } from '../../proto/stream-event.ts';
import type { EventSink } from '../stream/stream.ts';

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

/** How events are written. */
export interface SseForm {
  /** `data` leaves out the names, for readers that know nothing but `data:` blocks. */
  frames: 'named' | 'data';
  /** How long a browser is to wait before it connects again; null says nothing of it. */
  retryMs: number | null;
  /** The id after which a client could go on from an event, up to whose end so much text was sent. */
  idOf: ((event: StreamEvent, chars: number) => string | undefined) | null;
}

/**
 * Longer than a gateway takes to close. A browser that reconnects before that is answered with a 503, which
 * closes its EventSource for good; its own default is 3 s or more.
 */
const restartMs = 3000;

/**
 * One event as the WHATWG standard has it on the wire (specification B2, C3, C4).
 *
 * JSON keeps every line end of the text escaped: a bare CR or LF would end the `data` line.
 * @param chars code points of text sent up to and with it; needed only where the form has ids
 */
export function formatEvent(event: StreamEvent, form: SseForm, chars = 0): string {
  const { frames, idOf } = form;
  const id = idOf?.(event, chars);
  const idLine = (id === undefined ? '' : `id: ${id}\n`) + retryLine(event, form);
  const data = event.event === 'message' ? messageJson(event.data) : JSON.stringify(event.data);
  if (frames === 'named') return `event: ${event.event}\ndata: ${data}\n${idLine}\n`;
  // Without a name a ping could be taken for a message; a comment keeps the connection alive as well.
  return event.event === 'ping' ? `: ping ${data}\n\n` : `data: ${data}\n${idLine}\n`;
}

/** Only where a shorter time was set before. */
function retryLine({ event, data }: StreamEvent, { idOf, retryMs }: SseForm): string {
  const isShutdown = event === 'error' && data.code === 'SHUTTING_DOWN';
  if (!isShutdown || idOf === null || retryMs === null || retryMs >= restartMs) return '';
  return `retry: ${restartMs}\n`;
}

/** The same as of the whole object, which is looked through for what can only be text and a boolean. */
function messageJson({ delta, isFinal }: { delta: string; isFinal: boolean }): string {
  return `{"delta":${JSON.stringify(delta)},"isFinal":${isFinal}}`;
}

/** Makes a response that of a stream; its headers leave with the first byte after them. */
export function startSse(response: ServerResponse, headers: Record<string, string> = {}): void {
  // B1 has `keep-alive` in every answer. A client that asked for the opposite, as a proxy that speaks
  // HTTP/1.0 does, still waits for the connection's end to know the stream's.
  const { socket } = response.req;
  if (!response.shouldKeepAlive) response.once('finish', () => socket.end());
  response.writeHead(200, { ...sseHeaders, ...headers });
}

/** What comes before the first event. */
export function prologueOf({ retryMs }: SseForm): string {
  return retryMs === null ? '' : `retry: ${retryMs}\n\n`;
}

/**
 * Turns a response into a stream: sends the headers at once, and events as they come.
 * @param fromChar code points that the client has read before
 */
export function openSse(response: ServerResponse, form: SseForm, fromChar: number): EventSink {
  startSse(response);
  // Node would hand the parts of an HTTP chunk to the system one by one: its length, a line end, the
  // text, a line end. One string costs half as much, and this is done for every event.
  const inChunks = response.chunkedEncoding;
  response.chunkedEncoding = false;
  response.flushHeaders();
  // None yet where the request was sent behind another that is still being answered.
  const { socket } = response;
  const write = (text: string): boolean => {
    const byteLength = Buffer.byteLength(text);
    const bytes = inChunks ? `${byteLength.toString(16)}\r\n${text}\r\n` : text;
    // Most is ASCII, which needs no encoding.
    const encoding = byteLength === text.length ? 'latin1' : 'utf8';
    if (socket === null) return response.write(bytes, encoding);
    // Whoever has left is noticed by the connection's close.
    return !socket.writable || socket.write(bytes, encoding);
  };

  const prologue = prologueOf(form);
  if (prologue !== '') write(prologue);
  let chars = fromChar;
  return {
    send(event) {
      if (form.idOf !== null && event.event === 'message') chars += countChars(event.data.delta);
      return write(formatEvent(event, form, chars));
    },
    onceDrained: (callback) => (socket ?? response).once('drain', callback),
    end(flushed) {
      // The last chunk, which ends the body, is Node's again.
      response.chunkedEncoding = inChunks;
      response.end(flushed);
    },
    destroy: () => response.destroy(),
  };
}

/** In code points. */
function countChars(text: string): number {
  let chars = 0;
  for (const _ of text) chars += 1;
  return chars;
}
