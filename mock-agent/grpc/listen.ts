import { createServer, type Socket } from 'node:net';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls';

import { ServerCredentials, type Server } from '@grpc/grpc-js';

import type { OutgoingChunk } from '../../proto/agent-service.ts';
import { frameChunk } from '../../proto/chunk-codec.ts';
import { longestMs } from '../../proto/notation/duration-notation.ts';
import type { Certificates } from '../../proto/http2/tls-files.ts';
import { listenOn, listenOnSocket } from '../../proto/listen.ts';
import type { Call } from './call.ts';
import { connectionBeneath, http2StreamOf } from './grpc-internals.ts';
import { writeFrames, type FrameWriter } from './frame-writer.ts';
import type { FramedStream } from './framed-stream.ts';
import { clearTimeout, setImmediate, setTimeout } from '../../proto/timers.ts';

/** The listening socket of a server. */
export interface Listener {
  port: number;
  /** Stops accepting connections; the server ends the open ones. */
  close(): void;
  /** Stops accepting connections, and tells the open ones to place no more calls (GOAWAY). */
  drain(): void;
  /** Ends every connection like a crash of the process, after data that is already written. */
  breakConnections(): void;
}

/** A chunk, or an encoded part of one. */
export type Outgoing = OutgoingChunk | Buffer;

/** A connection beneath its HTTP/2 session. */
interface Connection {
  socket: Socket;
  writer: FrameWriter<Outgoing>;
}

/** The connections by the duplex that replaces the socket of each. */
const connections = new WeakMap<object, Connection>();

/** How long a client may take to close its side of a connection that breaks. */
const breakGraceMs = 1000;

/** Where a server listens, and with which certificates. */
interface ListenerOptions {
  host: string;
  /** 0 for a free one. */
  port: number;
  /** The path of a Unix socket, in place of host and port. */
  socketPath?: string | undefined;
  tls?: ListenerTls | undefined;
}

interface ListenerTls {
  /** `ca` signs the certificates of clients; without it they need none. */
  certificates: Certificates;
  /** Called for each client that fails to connect, such as one without a certificate. */
  onRefused(error: Error, socket: TLSSocket): void;
}

/** How long a client may take for the handshake of TLS. */
const handshakeLimitMs = 5000;

/**
 * Makes a server listen. Each connection lets streams write their frames past the session.
 * @throws the system's Error if the address cannot be bound
 */
export async function listen(
  server: Server,
  { host, port, socketPath, tls }: ListenerOptions,
): Promise<Listener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const writer = writeFrames(socket, encodeChunk);
    connections.set(writer.connection, { socket, writer });
    injector.injectConnection(writer.connection);
  };
  const listener = tls === undefined ? createServer(accept) : createTlsListener(tls, accept);
  if (socketPath !== undefined) await listenOnSocket(listener, socketPath);
  return {
    port: socketPath === undefined ? await listenOn(listener, host, port) : port,
    close: () => void listener.close(),
    drain() {
      listener.close();
      // The connections end with the server: grpc-js would cancel the streams that are left after this time.
      injector.drain(longestMs);
    },
    breakConnections() {
      for (const socket of sockets) breakSocket(socket);
    },
  };
}

/** Creates a TLS server that calls `accept` after each handshake, with the newest certificates. */
function createTlsListener(
  { certificates, onRefused }: ListenerTls,
  accept: (socket: Socket) => void,
): TlsServer {
  let texts = certificates.current();
  const hasClientCa = texts.ca !== undefined;
  const listener = createTlsServer(
    {
      ...texts,
      ALPNProtocols: ['h2'],
      requestCert: hasClientCa,
      rejectUnauthorized: hasClientCa,
      handshakeTimeout: handshakeLimitMs,
    },
    accept,
  );
  // Before the listener that starts the handshake.
  listener.prependListener('connection', () => {
    const newest = certificates.current();
    if (newest !== texts) listener.setSecureContext(newest);
    texts = newest;
  });
  listener.on('tlsClientError', onRefused);
  return listener;
}

/** Returns the stream to write the DATA of a call past grpc-js; undefined if that is impossible. */
export function framedStreamOf(call: Call): FramedStream<Outgoing> | undefined {
  const id = http2StreamOf(call)?.id;
  return id === undefined ? undefined : connectionOf(call)?.writer.claim(id);
}

/**
 * Ends the connection of a call like a crash of the process: without a status or GOAWAY, and with every other
 * call on it. Data that is already written is sent first.
 */
export function breakConnection(call: Call): void {
  const { socket } = connectionOf(call) ?? {};
  if (socket === undefined) {
    const session = http2StreamOf(call)?.session;
    setImmediate(() => session?.destroy());
    return;
  }
  breakSocket(socket);
}

/**
 * Closes a connection after the data that is written in this turn. Not with `destroy()`: if the client has
 * sent unread data, the system sends a reset, and the client loses text that it has not read.
 */
function breakSocket(socket: Socket): void {
  setImmediate(() => {
    const forceTimer = setTimeout(() => socket.destroy(), breakGraceMs);
    socket.once('close', () => clearTimeout(forceTimer));
    socket.end();
  });
}

function connectionOf(call: Call): Connection | undefined {
  const connection = connectionBeneath(call);
  return connection === undefined ? undefined : connections.get(connection);
}

function encodeChunk(message: Outgoing, headroom: number): Buffer {
  if (Buffer.isBuffer(message)) return Buffer.concat([Buffer.alloc(headroom), message]);
  const { delta = '', isFinal = false, error = '', parts } = message;
  return frameChunk({ delta, isFinal, error, parts }, headroom);
}
