import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { credentials, type Channel, type ChannelCredentials } from '@grpc/grpc-js';

import type { StreamChunk } from '../../proto/agent-service.ts';
import type { AgentInterface } from './agent-interface.ts';
import { tapFrames, type FrameTap, type TappedStream } from './frame-tap.ts';
import { silenceLimits, type SilenceLimits } from './silence-watch.ts';
import {
  createMessageSplitter,
  isWholeMessage,
  MessageRefused,
  prefixBytes,
  withPrefix,
} from './message-splitter.ts';

/** Takes the messages of a call, in order. */
export interface MessageReader {
  chunk(chunk: StreamChunk): void;
  /** Every message that will ever come was handed on. */
  done(): void;
  /** A message could not be taken, and the rest is not worth waiting for. */
  refused(details: string): void;
}

/** A call that is being read. */
export interface MessageFlow {
  pause(): void;
  resume(): void;
  /** Nothing more is wanted, and nothing more is handed on. */
  stop(): void;
  /** The status has come: no message follows those that were received before it. */
  close(): void;
}

/** What grpc-js has beneath its readable streams. */
export type Call = ReturnType<Channel['createCall']>;

/** The messages that grpc-js hands on, in the form in which a tapped connection brings them. */
export interface HandedOn extends TappedStream {
  /** Takes a message that grpc-js hands on. */
  take(message: Buffer): void;
}

/** Has grpc-js hand on a call's messages: one whenever it was asked for one. */
export function handOnMessages(call: Pick<Call, 'startRead'>): HandedOn {
  let reader: ((payload: Buffer) => void) | undefined;
  let isAsked = false;
  let isPaused = false;

  const ask = () => {
    if (isAsked || isPaused) return;
    isAsked = true;
    call.startRead();
  };

  return {
    read(given) {
      reader = given;
      ask();
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      ask();
    },
    take(message) {
      isAsked = false;
      reader?.(withPrefix(message));
      ask();
    },
  };
}

/**
 * Reads a call from the frames of its connection, beneath grpc-js and its HTTP/2 session, which keep
 * everything else: the connection, metadata, deadline, cancel and status. Where those cannot be had, from
 * what grpc-js hands on.
 *
 * Of what a message costs a gateway most would be its way up from there: a readable stream, five
 * listeners, a promise and two ticks for each. What was received before an error is not lost here, as it
 * is there.
 *
 * @param limitBytes of a message
 */
export function readFrames(
  stream: TappedStream,
  deserialize: AgentInterface['deserialize'],
  limitBytes: number,
  reader: MessageReader,
): MessageFlow {
  const splitter = createMessageSplitter(limitBytes);
  const { chunk } = reader;
  let isStarted = false;
  let paused = false;
  let closed = false;
  let over = false;
  /** Messages that wait, or a part of one: what comes has to wait behind it. */
  let isBehind = false;

  const refuse = (error: unknown) => {
    over = true;
    reader.refused(detailsOf(error));
  };

  /** Undefined where none is here, or none is wanted. */
  const nextMessage = (): Buffer | undefined => {
    try {
      return paused || over ? undefined : splitter.next();
    } catch (error) {
      refuse(error);
      return undefined;
    }
  };

  const handOnMessage = (bytes: Buffer, from: number) => {
    let read;
    try {
      read = deserialize(bytes, from);
    } catch (error) {
      refuse(error);
      return;
    }
    chunk(read);
  };

  const handOn = () => {
    for (let next = nextMessage(); next !== undefined; next = nextMessage()) {
      handOnMessage(next, 0);
    }
    isBehind = !splitter.isEmpty();
    if (!closed || paused || over) return;
    over = true;
    reader.done();
  };

  // Never from within a call of the reader's: it would be called back while it is at work.
  const handOnSoon = () => process.nextTick(handOn);

  stream.read((payload) => {
    const mayPass = isStarted && !isBehind && !paused && !over;
    if (mayPass && isWholeMessage(payload)) {
      handOnMessage(payload, prefixBytes);
      return;
    }
    splitter.add(payload);
    isBehind = true;
    if (isStarted) handOn();
  });
  isStarted = true;
  handOnSoon();

  return {
    pause() {
      if (paused) return;
      paused = true;
      stream.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      stream.resume();
      handOnSoon();
    },
    stop() {
      over = true;
    },
    close() {
      closed = true;
      handOnSoon();
    },
  };
}

/**
 * Creates credentials of connections that are not encrypted and whose frames are tapped. Where grpc-js
 * does not create its connections as it is known to, none is tapped.
 *
 * @param limits shared by the connections of one agent
 */
export function createTappedCredentials(
  limits: SilenceLimits = { ...silenceLimits },
): ChannelCredentials {
  const insecure = credentials.createInsecure();
  const createConnector: unknown = Reflect.get(insecure, '_createSecureConnector');
  if (typeof createConnector !== 'function') return insecure;
  Reflect.set(insecure, '_createSecureConnector', (...args: unknown[]) => {
    const connector: unknown = Reflect.apply(createConnector, insecure, args);
    return isConnector(connector) ? tapConnector(connector, limits) : connector;
  });
  return insecure;
}

/** What grpc-js makes an HTTP/2 session of. */
interface Connector {
  connect(socket: Socket): Promise<{ socket: Duplex }>;
}

function isConnector(connector: unknown): connector is Connector {
  return typeof at(connector, 'connect') === 'function';
}

function tapConnector(connector: Connector, limits: SilenceLimits): Connector {
  return {
    ...connector,
    async connect(socket) {
      const connected = await connector.connect(socket);
      const tap = tapFrames(socket, limits);
      taps.set(tap.connection, tap);
      return { ...connected, socket: tap.connection };
    },
  };
}

/** By what stands in for their socket. */
const taps = new WeakMap<object, FrameTap>();

/** A call's place on a tapped connection. */
export interface TappedCall {
  stream: TappedStream;
  release(): void;
}

/**
 * Where a call has come to have an HTTP/2 stream, on a connection that is tapped.
 * @returns undefined where it is not, or grpc-js is not as it was: such a call is read as it hands it on.
 */
export function tappedCallOf(call: unknown): TappedCall | undefined {
  const http2Stream = at(http2CallOf(call), 'http2Stream');
  const id = at(http2Stream, 'id');
  // What Node puts before anything that is no socket of its own has that as its `stream`.
  const connection = at(http2Stream, 'session', 'socket', 'stream');
  if (typeof id !== 'number' || typeof connection !== 'object' || connection === null) return;
  const tap = taps.get(connection);
  const stream = tap?.stream(id);
  if (tap === undefined || stream === undefined) return;
  return { stream, release: () => tap.release(id) };
}

/** Returns the HTTP status of a call's answer; undefined where grpc-js is not as it was. */
export function httpStatusOf(call: unknown): number | undefined {
  const httpStatus = at(http2CallOf(call), 'httpStatusCode');
  return typeof httpStatus === 'number' ? httpStatus : undefined;
}

/** Returns what grpc-js has of a call at its HTTP/2 stream. */
function http2CallOf(call: unknown): unknown {
  const retrying = at(call, 'child');
  const committed = at(retrying, 'committedCallIndex');
  return at(retrying, 'underlyingCalls', String(committed), 'call', 'child');
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found: unknown = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function detailsOf(error: unknown): string {
  if (error instanceof MessageRefused) return error.message;
  return `Response message parsing error: ${error instanceof Error ? error.message : String(error)}`;
}
