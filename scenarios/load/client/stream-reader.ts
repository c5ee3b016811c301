import { bufferLimitChars } from '../../../gateway/stream/chunk-buffer.ts';
import { createEventParser, type ServerSentEvent } from '../../../client/event-parser.ts';
import { longestText } from '../../../mock-agent/text/text.ts';
import type { ErrorBody, MessageEvent } from '../../../proto/stream-event.ts';
import type { Arrival } from '../../../reports/sample.ts';
import { createTextDigest } from './text-digest.ts';

/** The event after which nothing may follow: the final message (B3) or an error (C1). */
type EndEvent = { kind: 'final'; atMs: number } | { kind: 'error'; atMs: number; code: string };

/** The content of a body so far. */
export interface Reading {
  /** Every message with text, in order. */
  arrivals: Arrival[];
  /** Messages with or without text; pings and errors are not messages. */
  messages: number;
  pings: number;
  end: EndEvent | null;
  /** The violation of the protocol, in a few words. Nothing is read after it. */
  malformed: string | null;
}

/** A received event that follows the protocol. */
export type ReceivedEvent =
  | MessageEvent
  | { event: 'error'; data: Pick<ErrorBody, 'error' | 'code'> & { details?: unknown } };

export interface StreamReader {
  readonly kind: 'stream';
  readonly reading: Readonly<Reading>;
  /** @param atMs when the bytes were read: the time of the events that they complete */
  feed(bytes: Uint8Array, atMs: number): void;
  /** SHA-256 (hex) of the text received, UTF-8. */
  textSha256(): string;
}

/** The length of an escaped control character in JSON: `\u0001`. */
const mostEscaped = 6;

/**
 * The maximum length of an event in UTF-16 units, so that an event without an end cannot exhaust memory.
 * Our own longest event is an almost full buffer of the gateway with the agent's longest text after it;
 * 1024 are for the frame.
 */
const longestEvent = mostEscaped * (bufferLimitChars + longestText) + 1024;

/**
 * Creates a reader of the body of one stream. It accepts bytes split anywhere, and `event: message`,
 * `event:message` and events without an event line.
 *
 * An event without its blank line is discarded (WHATWG HTML, 9.2.6): a truncated stream has fewer events,
 * not broken ones. Comments, `id`, `retry` and unknown events are ignored, pings are allowed anywhere.
 *
 * @param listen receives every message, and the error that ends the stream
 */
export function createStreamReader(
  listen: (event: ReceivedEvent) => void = () => {},
): StreamReader {
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
