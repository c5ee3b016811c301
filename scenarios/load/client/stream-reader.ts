import { bufferLimitChars } from '../../../gateway/stream/chunk-buffer.ts';
import { createEventParser, type ServerSentEvent } from '../../../client/event-parser.ts';
import { longestText } from '../../../mock-agent/text/text.ts';
import type { ErrorBody, MessageEvent } from '../../../proto/stream-event.ts';
import type { Arrival } from '../../../reports/sample.ts';
import { createTextDigest } from './text-digest.ts';

/** The event after which nothing may follow: the final message (B3) or an error (C1). */
type EndEvent = { kind: 'final'; atMs: number } | { kind: 'error'; atMs: number; code: string };

/** What the bytes so far have said. */
export interface Reading {
  /** Every message with text, in order. */
  arrivals: Arrival[];
  /** Messages with or without text; pings and errors are not messages. */
  messages: number;
  pings: number;
  end: EndEvent | null;
  /** What broke the protocol, in a few words. Nothing is read after it. */
  malformed: string | null;
}

/** An event as it came: what the protocol asks for has been checked. */
export type Heard =
  | MessageEvent
  | { event: 'error'; data: Pick<ErrorBody, 'error' | 'code'> & { details?: unknown } };

export interface StreamReader {
  readonly kind: 'stream';
  readonly reading: Readonly<Reading>;
  /** @param atMs when the bytes were read; becomes the time of whatever they complete */
  feed(bytes: Uint8Array, atMs: number): void;
  /** SHA-256 (hex) of the text received, UTF-8. */
  textSha256(): string;
}

/** What JSON makes of a control character: `\u0001`. */
const mostEscaped = 6;

/**
 * The longest event, in UTF-16 units: an event without an end must not fill the memory. The longest
 * of our own is a buffer of the gateway that lacked one unit to be full, and the agent's longest
 * text after it; the rest is for the frame.
 */
const longestEvent = mostEscaped * (bufferLimitChars + longestText) + 1024;

/**
 * Reads the body of one stream, bytes in, events understood. It takes the bytes in whatever pieces
 * they come, and `event: message`, `event:message` and no event line at all alike.
 *
 * An event that its blank line does not end is never seen, as the standard has it (WHATWG HTML,
 * 9.2.6): a truncated stream has fewer events, not broken ones. Comments, `id`, `retry` and
 * events of other names are ignored, pings are allowed anywhere.
 *
 * @param listen hears every message, and the error that ends a stream, with all that they say
 */
export function createStreamReader(listen: (event: Heard) => void = () => {}): StreamReader {
  const reading: Reading = { arrivals: [], messages: 0, pings: 0, end: null, malformed: null };
  const text = createTextDigest();
  let nowMs = 0;
  let bytes = 0;

  const parse = createEventParser(onEvent, longestEvent);

  function onEvent({ event, data }: ServerSentEvent): void {
    if (reading.malformed !== null) return;
    switch (event) {
      case 'message':
        onMessage(parseJson(data));
        return;
      case 'error':
        onErrorEvent(parseJson(data));
        return;
      case 'ping':
        if (isPing(parseJson(data))) reading.pings += 1;
        else reading.malformed = 'data of a ping';
        return;
      default:
    }
  }

  function onMessage(data: unknown): void {
    if (!isMessage(data)) {
      reading.malformed = 'data of a message';
      return;
    }
    reading.messages += 1;
    if (reading.end !== null) {
      reading.malformed = afterTheEnd(data.isFinal ? 'final message' : 'message', reading.end);
      return;
    }
    if (data.delta !== '') {
      text.add(data.delta);
      reading.arrivals.push({ atMs: nowMs, chars: text.chars(), bytes });
    }
    listen({ event: 'message', data });
    if (data.isFinal) reading.end = { kind: 'final', atMs: nowMs };
  }

  function onErrorEvent(data: unknown): void {
    if (!isErrorBody(data)) reading.malformed = 'data of an error';
    else if (reading.end !== null) reading.malformed = afterTheEnd('error', reading.end);
    else {
      listen({ event: 'error', data });
      reading.end = { kind: 'error', atMs: nowMs, code: data.code };
    }
  }

  return {
    kind: 'stream',
    reading,
    feed(piece, atMs) {
      if (reading.malformed !== null) return;
      nowMs = atMs;
      bytes += piece.byteLength;
      const isInBounds = parse(piece);
      if (!isInBounds) reading.malformed ??= `an event of more than ${longestEvent} characters`;
    },
    textSha256: () => text.sha256(),
  };
}

function afterTheEnd(what: string, end: EndEvent): string {
  return `${what} after the ${end.kind === 'final' ? 'final message' : 'error'}`;
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

function isErrorBody(data: unknown): data is Extract<Heard, { event: 'error' }>['data'] {
  return isObject(data) && typeof data['error'] === 'string' && typeof data['code'] === 'string';
}

function isPing(data: unknown): boolean {
  return isObject(data) && typeof data['timestamp'] === 'number';
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null;
}
