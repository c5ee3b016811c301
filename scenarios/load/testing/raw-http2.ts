import { createServer as createTcpServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

import { onTestFinished } from 'vitest';

import { selfSigned } from './self-signed.ts';

/** A stream of HTTP/2 as a server without a library has it. */
export interface RawStream {
  id: number;
  /** The number of the stream on its connection, and of its connection, both from 0. */
  onConnection: number;
  connection: number;
  /** The body of the request. */
  body: string;
  head(status: 101 | 200 | 204 | 404 | 500, contentType?: string, end?: boolean): void;
  data(text: string, end?: boolean): void;
  /** Sends RST_STREAM. */
  reset(code: number): void;
  /** Sends GOAWAY on its connection. */
  goaway(lastStreamId: number, code: number): void;
  /** Sends any bytes on its connection. */
  bytes(bytes: Buffer): void;
  /** The socket beneath TLS. */
  socket: Socket;
}

export interface RawHttp2Server {
  url: string;
  streams: RawStream[];
  connections(): number;
  /** The codes of RST_STREAM frames of the client. */
  resets: number[];
  deserted(): Promise<void>;
  close(): Promise<void>;
}

export interface RawHttp2Options {
  /** The setting of the server; none is sent by default. */
  maxConcurrentStreams?: number;
  /** Offered by ALPN. */
  protocols?: string[];
  /** Whether the server sends SETTINGS, and acknowledges those of the client. */
  hasPreface?: boolean;
}

const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;

const endStream = 1;
const endHeaders = 4;

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The indexes of the static table of HPACK (RFC 7541, appendix A). */
const statusIndexes = { 200: 8, 204: 9, 404: 13, 500: 14 };
const contentTypeIndex = 31;

/** Starts a server of HTTP/2 over TLS on a free port, which answers with any frames until the test is over. */
export async function startRawHttp2(
  answer: (stream: RawStream) => void,
  { maxConcurrentStreams, protocols = ['h2'], hasPreface = true }: RawHttp2Options = {},
): Promise<RawHttp2Server> {
  const streams: RawStream[] = [];
  const resets: number[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let onDeserted: (() => void) | undefined;
  const secureContext = createSecureContext(selfSigned);

  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) onDeserted?.();
    });
    socket.on('error', () => undefined);
    const tls = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: protocols });
    tls.on('error', () => undefined);
    tls.once('secure', () => serve(tls, socket));
  });

  function serve(tls: TLSSocket, socket: Socket): void {
    const connection = connections;
    connections += 1;
    const write = (type: number, id: number, payload: Buffer | string, flags = 0) => {
      if (!tls.destroyed) tls.write(frame(type, id, Buffer.from(payload), flags));
    };
    const limit = Buffer.alloc(maxConcurrentStreams === undefined ? 0 : 6);
    if (maxConcurrentStreams !== undefined) {
      limit.writeUInt16BE(3);
      limit.writeUInt32BE(maxConcurrentStreams, 2);
    }
    if (hasPreface) write(types.settings, 0, limit);
    let onConnection = 0;
    const bodies = new Map<number, string>();

    function take(type: number, flags: number, id: number, payload: Buffer): void {
      if (type === types.settings && flags === 0 && hasPreface) write(types.settings, 0, '', 1);
      else if (type === types.ping && flags === 0) write(types.ping, 0, payload, 1);
      else if (type === types.reset) resets.push(payload.readUInt32BE());
      else if (type === types.data) bodies.set(id, (bodies.get(id) ?? '') + payload.toString());
      const hasRequest = type === types.data || type === types.headers;
      if (!hasRequest || (flags & endStream) === 0) return;
      const stream: RawStream = {
        id,
        onConnection,
        connection,
        body: bodies.get(id) ?? '',
        head(status, contentType = 'text/event-stream', end = false) {
          write(types.headers, id, headBlock(status, contentType), endHeaders | Number(end));
        },
        data: (text, end = false) => write(types.data, id, text, Number(end)),
        reset: (code) => write(types.reset, id, uint32(code)),
        goaway: (last, code) => write(types.goaway, 0, Buffer.concat([uint32(last), uint32(code)])),
        bytes: (bytes) => void tls.write(bytes),
        socket,
      };
      onConnection += 1;
      streams.push(stream);
      answer(stream);
    }

    let received = Buffer.alloc(0);
    let hasClientPreface = false;
    tls.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (!hasClientPreface) {
        if (received.length < preface.length) return;
        received = received.subarray(preface.length);
        hasClientPreface = true;
      }
      while (received.length >= 9) {
        const length = received.readUIntBE(0, 3);
        if (received.length < 9 + length) return;
        const [type = 0, flags = 0] = received.subarray(3, 5);
        const payload = received.subarray(9, 9 + length);
        const id = received.readUInt32BE(5);
        received = received.subarray(9 + length);
        take(type, flags, id, payload);
      }
    });
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return {
    url: `https://localhost:${port}/api/v1/ai/generate`,
    streams,
    resets,
    connections: () => connections,
    deserted: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else onDeserted = resolve;
      }),
    close,
  };
}

function frame(type: number, id: number, payload: Buffer, flags: number): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

function headBlock(status: keyof typeof statusIndexes | 101, contentType: string): Buffer {
  const statusField =
    status === 101
      ? Buffer.concat([Buffer.of(0x08, 3), Buffer.from('101')])
      : Buffer.of(0x80 | statusIndexes[status]);
  // A literal without indexing, its name from the static table.
  const typeField = Buffer.of(0x0f, contentTypeIndex - 15, contentType.length);
  return Buffer.concat([statusField, typeField, Buffer.from(contentType)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
