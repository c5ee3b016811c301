import { bufferLimitChars } from '../../../gateway/stream/chunk-buffer.ts';
import { createEventParser, type ServerSentEvent } from '../../../client/event-parser.ts';
import type { Answer } from '../../../proto/dialects/answer.ts';
import { longestText } from '../../../mock-agent/text/text.ts';
import type { Arrival } from '../../../reports/sample.ts';
import { createTextDigest } from './text-digest.ts';

/** The event after which nothing may follow: the end of a complete stream (B3) or an error (C1). */
export type EndEvent =
  | { kind: 'final'; atMs: number }
  | { kind: 'error'; atMs: number; code: string };

/** The content of a body so far. */
export interface Reading {
  /** Every message with text, in order. */
  arrivals: Arrival[];
  /** Messages with or without text; pings and errors are not messages. */
  messages: number;
  pings: number;
  /** When the first reasoning came; null without any, and in the specified format. */
  firstReasoningMs: number | null;
  /** When the last text, reasoning or fragment of a tool call came. */
  lastOutputAtMs: number | null;
  end: EndEvent | null;
  /** The violation of the protocol, in a few words. Nothing is read after it. */
  malformed: string | null;
  /** The id to resume after (`Last-Event-ID`); empty without one. */
  lastEventId: string;
  /** The last reconnection time that the server sent (`retry`); null without one. */
  retryMs: number | null;
}

export interface BodyReader {
  readonly kind: 'stream';
  readonly reading: Readonly<Reading>;
  /** @param atMs when the bytes were read: the time of the events that they complete */
  feed(bytes: Uint8Array, atMs: number): void;
  /** Continues with the body of a resumed stream. An incomplete event of the previous body is discarded. */
  reopen(): void;
  /** SHA-256 (hex) of the text received, UTF-8. */
  textSha256(): string;
  /** Returns the answer so far; absent from readers that keep none. */
  answer?(): Answer;
}

/** Takes what a format finds in the events of a body. */
export interface ReadingWriter {
  readonly reading: Readonly<Reading>;
  message(): void;
  /** An empty text is none. */
  text(delta: string): void;
  reasoning(): void;
  /** A fragment of a tool call. */
  output(): void;
  ping(): void;
  final(): void;
  error(code: string): void;
  malformed(reason: string): void;
}

/** The length of an escaped control character in JSON: `\u0001`. */
const mostEscaped = 6;

/**
 * The maximum length of an event in UTF-16 units, so that an event without an end cannot exhaust memory.
 * Our own longest event is an almost full buffer of the gateway with the agent's longest text after it;
 * 1024 are for the frame.
 */
export const longestEvent = mostEscaped * (bufferLimitChars + longestText) + 1024;

/** Splits bytes into events; returns false where one exceeds the maximum length. */
type Framing<E> = (
  onEvent: (event: E) => void,
  longestChars: number,
  onField: (name: string, value: string) => void,
) => (bytes: Uint8Array) => boolean;

/**
 * Creates a reader of the body of one stream. It accepts bytes split anywhere, and `event: message`,
 * `event:message` and events without an event line.
 *
 * An event without its blank line is discarded (WHATWG HTML, 9.2.6): a truncated stream has fewer events,
 * not broken ones. Comments are ignored.
 *
 * @param open returns the function that writes an event of the format into the reading
 */
export function createBodyReader(
  open: (writer: ReadingWriter) => (event: ServerSentEvent) => void,
): BodyReader {
  return createFramedReader(open, createEventParser);
}

/** As {@link createBodyReader}, with another framing. */
export function createFramedReader<E extends Pick<ServerSentEvent, 'id'>>(
  open: (writer: ReadingWriter) => (event: E) => void,
  frame: Framing<E>,
): BodyReader {
  const reading: Reading = {
    arrivals: [],
    messages: 0,
    pings: 0,
    firstReasoningMs: null,
    lastOutputAtMs: null,
    end: null,
    malformed: null,
    lastEventId: '',
    retryMs: null,
  };
  const text = createTextDigest();
  let nowMs = 0;
  let bytes = 0;

  const take = open({
    reading,
    message() {
      reading.messages += 1;
    },
    text(delta) {
      if (delta === '') return;
      text.add(delta);
      reading.lastOutputAtMs = nowMs;
      reading.arrivals.push({ atMs: nowMs, chars: text.chars(), bytes });
    },
    reasoning() {
      reading.firstReasoningMs ??= nowMs;
      reading.lastOutputAtMs = nowMs;
    },
    output() {
      reading.lastOutputAtMs = nowMs;
    },
    ping() {
      reading.pings += 1;
    },
    final() {
      reading.end = { kind: 'final', atMs: nowMs };
    },
    error(code) {
      reading.end = { kind: 'error', atMs: nowMs, code };
    },
    malformed(reason) {
      reading.malformed = reason;
    },
  });

  const openParser = () =>
    frame(
      (event) => {
        if (event.id !== undefined) reading.lastEventId = event.id;
        if (reading.malformed === null) take(event);
      },
      longestEvent,
      (name, value) => {
        if (name === 'id') reading.lastEventId = value;
        else if (/^\d+$/.test(value)) reading.retryMs = Number(value);
      },
    );
  let parse = openParser();

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
    reopen() {
      parse = openParser();
    },
    textSha256: () => text.sha256(),
  };
}
