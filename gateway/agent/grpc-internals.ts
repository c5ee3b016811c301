import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { credentials, type ChannelCredentials } from '@grpc/grpc-js';

import { tapFrames, type FrameTap, type TappedStream } from './frame-tap.ts';
import { silenceLimits, type SilenceLimits } from './silence-watch.ts';

// The internals of grpc-js that the gateway relies on; a test in agent-call.test.ts checks them. If they
// change, calls are read through grpc-js instead.

/**
 * Creates credentials for unencrypted connections whose frames are tapped. If grpc-js does not create its
 * connections as expected, they are not tapped.
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

/** The object from which grpc-js creates an HTTP/2 session. */
interface Connector {
  connect(socket: Socket): Promise<{ socket: Duplex }>;
}

function isConnector(connector: unknown): connector is Connector {
  return typeof getPath(connector, 'connect') === 'function';
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

/** By the duplex that replaces the socket. */
const taps = new WeakMap<object, FrameTap>();

/** A call on a tapped connection. */
export interface TappedCall {
  stream: TappedStream;
  release(): void;
}

/**
 * Returns the tapped stream of a call with an HTTP/2 stream; undefined if its connection is not tapped or
 * grpc-js has changed.
 */
export function tappedCallOf(call: unknown): TappedCall | undefined {
  const http2Stream = getPath(http2CallOf(call), 'http2Stream');
  const id = getPath(http2Stream, 'id');
  // Node wraps any other duplex in a socket whose `stream` is that duplex.
  const connection = getPath(http2Stream, 'session', 'socket', 'stream');
  if (typeof id !== 'number' || typeof connection !== 'object' || connection === null) return;
  const tap = taps.get(connection);
  const stream = tap?.stream(id);
  if (tap === undefined || stream === undefined) return;
  return { stream, release: () => tap.release(id) };
}

/** Returns the HTTP status of a call's response; undefined if grpc-js has changed. */
export function httpStatusOf(call: unknown): number | undefined {
  const httpStatus = getPath(http2CallOf(call), 'httpStatusCode');
  return typeof httpStatus === 'number' ? httpStatus : undefined;
}

/** Returns grpc-js's innermost call object, which has the HTTP/2 stream. */
function http2CallOf(call: unknown): unknown {
  const retrying = getPath(call, 'child');
  const committed = getPath(retrying, 'committedCallIndex');
  return getPath(retrying, 'underlyingCalls', String(committed), 'call', 'child');
}

function getPath(value: unknown, ...path: readonly string[]): unknown {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}
