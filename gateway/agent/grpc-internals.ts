import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';

import { credentials, type ChannelCredentials } from '@grpc/grpc-js';

import type { Certificates, CertificateTexts } from '../../proto/http2/tls-files.ts';
import { closedWithoutAnswer, explainTlsError } from './explain-tls-error.ts';
import { tapFrames, type FrameTap, type TappedStream } from './frame-tap.ts';
import { silenceLimits, type SilenceLimits } from './silence-watch.ts';
import { clearTimeout, setTimeout } from '../../proto/timers.ts';

// The internals of grpc-js that the gateway relies on; a test in agent-call.test.ts checks them. If they
// change, calls are read through grpc-js instead.

/**
 * Creates credentials for connections whose frames are tapped. If grpc-js does not create its connections as
 * expected, they are not tapped.
 *
 * @param limits shared by the connections of one agent
 * @param certificates undefined for connections without TLS
 */
export function createTappedCredentials(
  limits: SilenceLimits = { ...silenceLimits },
  certificates?: Certificates,
): ChannelCredentials {
  return wrapConnections(createCredentials(certificates), certificates, limits, (socket) => {
    const tap = tapWithWords(socket, limits);
    taps.set(tap.connection, tap);
    return tap.connection;
  });
}

/** Creates credentials for connections that are not tapped, whose failures over TLS are said in words. */
export function createUntappedCredentials(
  certificates: Certificates | undefined,
): ChannelCredentials {
  const plain = createCredentials(certificates);
  if (certificates === undefined) return plain;
  return wrapConnections(plain, certificates, silenceLimits, (socket) => socket);
}

/** Replaces the connections of credentials; they have the newest certificates, and their failures words. */
function wrapConnections(
  channelCredentials: ChannelCredentials,
  certificates: Certificates | undefined,
  limits: SilenceLimits,
  wrap: (socket: Socket) => Duplex,
): ChannelCredentials {
  const createConnector: unknown = Reflect.get(channelCredentials, '_createSecureConnector');
  if (typeof createConnector !== 'function') return channelCredentials;
  Reflect.set(channelCredentials, '_createSecureConnector', (...args: unknown[]) => {
    const connector: unknown = Reflect.apply(createConnector, channelCredentials, args);
    if (!isConnector(connector)) return connector;
    /** Files may have changed since the channel was created. */
    const newestConnector = () => {
      if (certificates === undefined) return connector;
      const newest: unknown = Reflect.apply(createConnector, createCredentials(certificates), args);
      if (!isConnector(newest)) return connector;
      omitAddress(getPath(newest, 'connectionOptions'));
      return newest;
    };
    return wrapConnector(connector, newestConnector, limits, wrap);
  });
  return channelCredentials;
}

/**
 * Removes a server name that is an IP address, since Node warns about it. The certificate is checked for the
 * host.
 */
function omitAddress(options: unknown): void {
  const name = getPath(options, 'servername');
  if (typeof name === 'string' && isIP(name) !== 0)
    Reflect.deleteProperty(Object(options), 'servername');
}

/** Creates credentials of grpc-js with the certificates of this moment. */
function createCredentials(certificates: Certificates | undefined): ChannelCredentials {
  return certificates === undefined
    ? credentials.createInsecure()
    : credentials.createFromSecureContext(contextOf(certificates.current()), {
        rejectUnauthorized: certificates.acceptsAny !== true,
      });
}

/** By the texts of the certificates, since a context costs milliseconds. */
const contexts = new WeakMap<CertificateTexts, SecureContext>();

function contextOf(texts: CertificateTexts): SecureContext {
  const known = contexts.get(texts);
  if (known !== undefined) return known;
  const context = createSecureContext(texts);
  contexts.set(texts, context);
  return context;
}

/** The object from which grpc-js creates an HTTP/2 session. */
interface Connector {
  connect(socket: Socket): Promise<{ socket: Socket }>;
}

function isConnector(connector: unknown): connector is Connector {
  return typeof getPath(connector, 'connect') === 'function';
}

function wrapConnector(
  connector: Connector,
  newestConnector: () => Connector,
  limits: SilenceLimits,
  wrap: (socket: Socket) => Duplex,
): object {
  const connect = async (socket: Socket): Promise<{ socket: Duplex }> => {
    const handshake = limitHandshake(socket, limits.handshakeMs);
    try {
      const connected = await Promise.race([newestConnector().connect(socket), handshake.late]);
      return { ...connected, socket: wrap(connected.socket) };
    } catch (error) {
      throw explainTlsError(error);
    } finally {
      handshake.end();
    }
  };
  // The connector's other methods stay.
  return Object.defineProperty(Object.create(connector), 'connect', { value: connect });
}

/** Taps a connection, and says in words why an agent ends one before it has answered. */
function tapWithWords(socket: Socket, limits: SilenceLimits): FrameTap {
  // Before the listeners of the tap.
  socket.once('error', (error) => tap.connection.destroy(explainTlsError(error)));
  socket.once('close', () => {
    if (!tap.hasAnswered())
      tap.connection.destroy(closedWithoutAnswer(socket instanceof TLSSocket));
  });
  const tap = tapFrames(socket, limits);
  return tap;
}

/** Closes the connection of an agent that does not answer the start of TLS; `late` then rejects. */
function limitHandshake(socket: Socket, limitMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('the agent accepts the connection but does not answer in TLS'));
    }, limitMs);
  });
  return { late, end: () => clearTimeout(timer) };
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
