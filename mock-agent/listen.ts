import { createServer, type AddressInfo } from 'node:net';

import { ServerCredentials, type Server } from '@grpc/grpc-js';

import type { OutgoingChunk } from '../proto/agent-service.ts';
import { frameChunk } from '../proto/chunk-codec.ts';
import { http2StreamOf, type Call } from './call.ts';
import { writeFrames, type FrameWriter } from './frame-writer.ts';
import type { FramedStream } from './framed-stream.ts';

/** Where a server listens. */
export interface Listener {
  port: number;
  /** Takes no new connection; those that are there are the server's to end. */
  close(): void;
}

/** A chunk, or a part of one as it stands on the wire. */
export type Outgoing = OutgoingChunk | Buffer;

/** By what stands in for the socket of a connection. */
const writers = new WeakMap<object, FrameWriter<Outgoing>>();

/**
 * Has a server answer at an address. Each connection is given to it with its frames to be written past it.
 * @param port 0 for a free one
 * @throws Error of the system where the address cannot be bound
 */
export function listen(server: Server, host: string, port: number): Promise<Listener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => {
    const writer = writeFrames(socket, encodeChunk);
    writers.set(writer.connection, writer);
    injector.injectConnection(writer.connection);
  });
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, () => {
      listener.off('error', reject);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const address = listener.address() as AddressInfo;
      resolve({ port: address.port, close: () => void listener.close() });
    });
  });
}

/** The DATA of a call, to be written past grpc-js; undefined where that cannot be had. */
export function framedStreamOf(call: Call): FramedStream<Outgoing> | undefined {
  const http2Stream = http2StreamOf(call);
  const { id, session } = http2Stream ?? {};
  // What Node puts before anything that is no socket of its own has that as its `stream`.
  const connection: unknown =
    session === undefined ? undefined : Reflect.get(session.socket, 'stream');
  if (id === undefined || typeof connection !== 'object' || connection === null) return undefined;
  return writers.get(connection)?.claim(id);
}

function encodeChunk(message: Outgoing, headroom: number): Buffer {
  if (Buffer.isBuffer(message)) return Buffer.concat([Buffer.alloc(headroom), message]);
  const { delta = '', isFinal = false, error = '' } = message;
  return frameChunk({ delta, isFinal, error }, headroom);
}
