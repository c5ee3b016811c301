import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { credentials, type ChannelCredentials } from '@grpc/grpc-js';

import { tapFrames, type FrameTap, type TappedStream } from './frame-tap.ts';
import { silenceLimits, type SilenceLimits } from './silence-watch.ts';

// What the gateway relies on inside grpc-js, and nothing else; a test of agent-call.test.ts holds grpc-js to
// it. With another grpc-js a call is read as grpc-js hands it on.

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
