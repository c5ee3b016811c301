import { createServer, type Socket } from 'node:net';

import { ServerCredentials, type Server } from '@grpc/grpc-js';

import type { OutgoingChunk } from '../../proto/agent-service.ts';
import { frameChunk } from '../../proto/chunk-codec.ts';
import { listenOn } from '../../proto/listen.ts';
import type { Call } from './call.ts';
import { connectionBeneath, http2StreamOf } from './grpc-internals.ts';
import { writeFrames, type FrameWriter } from './frame-writer.ts';
import type { FramedStream } from './framed-stream.ts';
import { clearTimeout, setImmediate, setTimeout } from '../../proto/timers.ts';

/** Where a server listens. */
export interface Listener {
  port: number;
  /** Takes no new connection; those that are there are the server's to end. */
  close(): void;
  /** Ends every connection, as the end of this process would; what was written before leaves first. */
  breakConnections(): void;
}

/** A chunk, or a part of one as it stands on the wire. */
export type Outgoing = OutgoingChunk | Buffer;

/** A connection beneath its HTTP/2 session. */
interface Connection {
  socket: Socket;
  writer: FrameWriter<Outgoing>;
}

/** By what stands in for the socket of a connection. */
const connections = new WeakMap<object, Connection>();

/** How long a client may take to close its side of a connection that breaks. */
const breakGraceMs = 1000;

/**
 * Has a server answer at an address. Each connection is given to it with its frames to be written past it.
 * @param port 0 for a free one
 * @throws Error of the system where the address cannot be bound
 */
export async function listen(server: Server, host: string, port: number): Promise<Listener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const writer = writeFrames(socket, encodeChunk);
    connections.set(writer.connection, { socket, writer });
    injector.injectConnection(writer.connection);
  });
  return {
    port: await listenOn(listener, host, port),
    close: () => void listener.close(),
    breakConnections() {
      for (const socket of sockets) breakSocket(socket);
    },
  };
}

/** The DATA of a call, to be written past grpc-js; undefined where that cannot be had. */
export function framedStreamOf(call: Call): FramedStream<Outgoing> | undefined {
  const id = http2StreamOf(call)?.id;
  return id === undefined ? undefined : connectionOf(call)?.writer.claim(id);
}

/**
 * Ends the connection of a call, as the end of its process would: no status, no GOAWAY, and every other
 * call on it lost. What was written before leaves first.
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
 * Closes a connection after what is written in this turn. Not with `destroy()`: where the client has sent
 * something that was not read yet, the system would send a reset, and the client lose text that it has
 * not read.
 */
function breakSocket(socket: Socket): void {
  setImmediate(() => {
    const giveUp = setTimeout(() => socket.destroy(), breakGraceMs);
    socket.once('close', () => clearTimeout(giveUp));
    socket.end();
  });
}

function connectionOf(call: Call): Connection | undefined {
  const connection = connectionBeneath(call);
  return connection === undefined ? undefined : connections.get(connection);
}

function encodeChunk(message: Outgoing, headroom: number): Buffer {
  if (Buffer.isBuffer(message)) return Buffer.concat([Buffer.alloc(headroom), message]);
  const { delta = '', isFinal = false, error = '' } = message;
  return frameChunk({ delta, isFinal, error }, headroom);
}
