import type { IncomingMessage } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';

import type { Metadata } from '@grpc/grpc-js';

import type { ErrorCode } from '../proto/error-codes.ts';
import type { AgentRequest } from './agent/agent-client.ts';
import type { GoneKind } from './client-gone.ts';
import type { GatewayError } from './errors.ts';

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
  /** The stream counts in it as long as it lives. */
  figures: Readonly<StreamFigures>;
}

/** What a stream counts of itself, in plain numbers since it does so for every message. */
export interface StreamFigures {
  /** Chunks with text from the agent. */
  chunks: number;
  /** Messages with text to the client. */
  messages: number;
  /**
   * When the first and the last message were sent, by `performance.now()`; NaN before.
   *
   * Not null: then each would be another object in memory for every message.
   */
  firstMessageAtMs: number;
  lastMessageAtMs: number;
  /** How often a full buffer paused the agent (D3). */
  pauses: number;
  pings: number;
}

/**
 * How a request ended that was not refused: `completed` with its final message, with an error event of that
 * code, because its client is gone, because a fault of the wire cut it, or because the client has read the
 * whole stream before (204).
 */
export type EndCause = 'completed' | 'cut' | 'nothing-more' | GoneKind | ErrorCode;

/** Callbacks for what becomes of one request, in this order; `ended` or `refused` is the last. */
export interface RequestEvents {
  /** The request is valid; a hook may still change its metadata. */
  requested?: ((request: AgentRequest) => void) | undefined;
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
  /** The request was answered with an error in place of a stream. */
  refused?: ((error: GatewayError) => void) | undefined;
}

/** Observes the life of every request. */
export interface RequestObserver {
  /** A request for a generation arrived; returns the callbacks for it, or undefined for none. */
  arrived?: ((request: ArrivedRequest) => RequestEvents | undefined) | undefined;
  /** Any other request was answered with an error; what is not HTTP has no request. */
  refused?: ((error: GatewayError, message?: IncomingMessage) => void) | undefined;
}

/** One observer in the place of all. */
export interface Observers {
  arrived(request: ArrivedRequest): RequestEvents;
  refused(error: GatewayError, message?: IncomingMessage): void;
}

/** Combines observers, so that each event is told in one place. */
export function combineObservers(observers: readonly RequestObserver[]): Observers {
  return {
    arrived: (request) =>
      combineEvents(observers.flatMap((observer) => observer.arrived?.(request) ?? [])),
    refused(error, message) {
      for (const observer of observers) observer.refused?.(error, message);
    },
  };
}

/** An event without callbacks stays undefined: what nobody observes costs nothing. */
function combineEvents(all: readonly RequestEvents[]): RequestEvents {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return {
    requested: combine(all.map(({ requested }) => requested)),
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

/** As `combine`, without an array of arguments for every message. */
function combineMessages(optional: readonly RequestEvents['message'][]): RequestEvents['message'] {
  const callbacks = optional.filter((callback) => callback !== undefined);
  if (callbacks.length < 2) return callbacks[0];
  return (atMs, delta) => {
    for (const callback of callbacks) callback(atMs, delta);
  };
}
