import type { IncomingMessage } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';

import type { Metadata } from '@grpc/grpc-js';

import type { ErrorCode } from '../proto/error-codes.ts';
import type { AgentRequest } from './agent/agent-client.ts';
import type { GoneKind } from './client-gone.ts';
import type { GatewayError } from './errors.ts';
import type { WireFaultOf } from '../proto/wire-fault.ts';

/** A request for a generation, before anything of it is checked. */
export interface ArrivedRequest {
  transport: 'GET' | 'POST' | 'websocket';
  message: IncomingMessage;
  query: ParsedUrlQuery;
}

/** A stream that is open to its client. */
export interface OpenedStream {
  /** When the request was read, by `performance.now()`. */
  startMs: number;
  /** The metadata that the agent received. */
  metadata: Metadata;
  /** The stream updates it until it ends. */
  figures: Readonly<StreamFigures>;
  /** Whether the answer leaves in one piece at its end: no status is sent before. */
  isWhole?: boolean | undefined;
  /** Whether messages show more than text. */
  hasParts: boolean;
  /** Code points of the text that the client has from an earlier connection. */
  fromChar: number;
  control: StreamControl;
}

/** Acts on an open stream. */
export interface StreamControl {
  /** Whether all that the agent has sent is handed to the client's connection. */
  isDrained(): boolean;
  /** Stops pings, or sends them again. */
  setPings(areSent: boolean): void;
  /** Stops the clock of the time limit, for `holdLimitMs` in all at most, or lets it go on. */
  setClock(isRunning: boolean): void;
  /** Breaks the connection, or ends the body without the final message. */
  cut(by: WireFaultOf<'cut'>['by']): void;
  /** Calls back when the system has taken what is written, or the connection is gone. */
  flush(onFlushed: () => void): void;
}

/** The counters of a stream, plain numbers because they change with every message. */
export interface StreamFigures {
  /** Chunks with text from the agent. */
  chunks: number;
  /** Chunks without text from the agent, with parts that the client's format shows. */
  parts: number;
  /** Messages with text to the client. */
  messages: number;
  /**
   * When the first and the last message were sent, by `performance.now()`; NaN before.
   *
   * Not null, so that they stay unboxed numbers, without an allocation per message.
   */
  firstMessageAtMs: number;
  lastMessageAtMs: number;
  /** How often a full buffer paused the agent (D3). */
  pauses: number;
  pings: number;
}

/**
 * How a request ended that was not refused: `completed` with its final message, an error code with an error
 * event, because its client is gone, `cut` by a wire fault, or `nothing-more` if the client has already read
 * the complete stream (204).
 */
export type EndCause = 'completed' | 'cut' | 'nothing-more' | GoneKind | ErrorCode;

/** Callbacks for the life of one request, in this order; `ended` or `refused` is the last. */
export interface RequestEvents {
  /** The request is valid; a hook may still change its metadata. */
  requested?: ((request: AgentRequest) => void) | undefined;
  /**
   * The agent described the stream that it plays, or with its status the one that it refuses. A slow agent does
   * so after `opened`.
   */
  described?: ((metadata: Metadata) => void) | undefined;
  /** The client has the headers of its stream. */
  opened?: ((stream: OpenedStream) => void) | undefined;
  /** The agent accepted the call and described the stream; a slow agent does so long after `opened`. */
  accepted?: ((metadata: Metadata | undefined) => void) | undefined;
  firstMessage?: ((atMs: number) => void) | undefined;
  /** A message with text was sent. */
  message?: ((atMs: number, delta: string) => void) | undefined;
  /** The operating system took a message with text. */
  acknowledged?: (() => void) | undefined;
  /** Before `opened` only because the client is gone, or with `nothing-more`. */
  ended?: ((cause: EndCause) => void) | undefined;
  /** The response is an error instead of a stream. */
  refused?: ((error: GatewayError) => void) | undefined;
}

/** Observes the life of every request. */
export interface RequestObserver {
  /** A request for a generation arrived; returns the callbacks for it, or undefined for none. */
  arrived?: ((request: ArrivedRequest) => RequestEvents | undefined) | undefined;
  /** The response to any other request is an error; without a message for invalid HTTP. */
  refused?: ((error: GatewayError, message?: IncomingMessage) => void) | undefined;
}

/** All observers combined. */
export interface Observers {
  arrived(request: ArrivedRequest): RequestEvents;
  refused(error: GatewayError, message?: IncomingMessage): void;
}

/** Combines observers, so that each event is reported in one place. */
export function combineObservers(observers: readonly RequestObserver[]): Observers {
  return {
    arrived: (request) =>
      combineEvents(observers.flatMap((observer) => observer.arrived?.(request) ?? [])),
    refused(error, message) {
      for (const observer of observers) observer.refused?.(error, message);
    },
  };
}

/** An event without callbacks stays undefined, so that it costs nothing. */
function combineEvents(all: readonly RequestEvents[]): RequestEvents {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return {
    requested: combine(all.map(({ requested }) => requested)),
    described: combine(all.map(({ described }) => described)),
    opened: combine(all.map(({ opened }) => opened)),
    accepted: combine(all.map(({ accepted }) => accepted)),
    firstMessage: combine(all.map(({ firstMessage }) => firstMessage)),
    message: combineMessages(all.map(({ message }) => message)),
    acknowledged: combine(all.map(({ acknowledged }) => acknowledged)),
    ended: combine(all.map(({ ended }) => ended)),
    refused: combine(all.map(({ refused }) => refused)),
  };
}

function combine<Args extends unknown[]>(
  optional: readonly (((...args: Args) => void) | undefined)[],
): ((...args: Args) => void) | undefined {
  const callbacks = optional.filter((callback) => callback !== undefined);
  if (callbacks.length < 2) return callbacks[0];
  return (...args) => {
    for (const callback of callbacks) callback(...args);
  };
}

/** Like `combine`, without an array of arguments per message. */
function combineMessages(optional: readonly RequestEvents['message'][]): RequestEvents['message'] {
  const callbacks = optional.filter((callback) => callback !== undefined);
  if (callbacks.length < 2) return callbacks[0];
  return (atMs, delta) => {
    for (const callback of callbacks) callback(atMs, delta);
  };
}
