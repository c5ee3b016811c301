import type { ErrorCode } from './error-codes.ts';

/**
 * The events of a stream as a client of the gateway sees them, over SSE and WebSocket alike.
 *
 * Source: specification B2, B3, C3, C4. The key order of each `data` object is part of the
 * contract: tests and clients compare bytes.
 */

/** A piece of the answer. Exactly one message of a stream that ends well has `isFinal` true: the last. */
export interface MessageEvent {
  event: 'message';
  data: { delta: string; isFinal: boolean };
}

/** The end of a stream that failed. Nothing follows it. */
interface ErrorEvent {
  event: 'error';
  data: ErrorBody;
}

/** A sign of life while nothing else is sent. */
interface PingEvent {
  event: 'ping';
  /** Unix time in whole seconds. */
  data: { timestamp: number };
}

export type StreamEvent = MessageEvent | ErrorEvent | PingEvent;

/** What an error says, whether it comes as an HTTP body (A4) or as an `error` event (C3). */
export interface ErrorBody {
  /** What happened, for a person. */
  error: string;
  /** What happened, for a program: one of a closed set. */
  code: ErrorCode;
  /** The cause: for a bad request the field and why, for a failed generation what the agent said. */
  details: string;
}
