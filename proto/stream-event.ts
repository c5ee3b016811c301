import type { ErrorCode } from './error-codes.ts';
import type { Parts } from './parts.ts';

/**
 * The events of a stream from the gateway, the same over SSE and WebSocket (B2, B3, C3, C4).
 *
 * The key order of each `data` object is part of the contract, since clients and tests compare bytes.
 */

/** A piece of the text. A successful stream has exactly one message with `isFinal` true, the last one. */
export interface MessageEvent {
  event: 'message';
  data: {
    delta: string;
    isFinal: boolean;
    /** What the specified interface does not show: its messages have text alone. */
    parts?: Parts | undefined;
  };
}

/** The end of a failed stream. No event follows. */
interface ErrorEvent {
  event: 'error';
  data: ErrorBody;
}

/** A keep-alive while nothing else is sent. */
interface PingEvent {
  event: 'ping';
  /** Unix time in whole seconds. */
  data: { timestamp: number };
}

export type StreamEvent = MessageEvent | ErrorEvent | PingEvent;

/** An error, as an HTTP body (A4) or in an `error` event (C3). */
export interface ErrorBody {
  /** What happened, for people. */
  error: string;
  /** What happened, for programs: one of a closed set. */
  code: ErrorCode;
  /** The cause: for an invalid request the field and the reason, for a failed generation the agent's message. */
  details: string;
}
