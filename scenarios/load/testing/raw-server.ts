import { createServer, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

import { keyMetadata } from '../../../proto/metadata.ts';

/** A request as received. */
export interface RawRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** The slot and the number within it, from the request key; -1 without a key. */
  slot: number;
  n: number;
  /** The number of the request on its connection, from 0. */
  onConnection: number;
}

/** The first byte of a record that begins a handshake of TLS (RFC 8446, 5.1). */
const tlsHandshake = 0x16;

export interface RawServer {
  url: string;
  requests: RawRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** Resolves when no connection is open; never, if the client keeps one. */
  deserted(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port that answers with any bytes, until the test is over. */
export async function startRawServer(
  answer: (request: RawRequest, socket: Socket) => void,
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let onDeserted: (() => void) | undefined;

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) onDeserted?.();
    });
    // With Nagle's algorithm, small writes would wait 40 ms for the acknowledgement of the previous one.
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    let received = Buffer.alloc(0);
    let onConnection = 0;
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received[0] === tlsHandshake) {
        // As servers of HTTP do; a client of TLS would wait for its time limit.
        socket.destroy();
        return;
      }
      for (;;) {
        const parsed = parseRequest(received, onConnection);
        if (!parsed) return;
        received = received.subarray(parsed.length);
        onConnection += 1;
        requests.push(parsed.request);
        answer(parsed.request, socket);
      }
    });
  });
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
    url: `http://127.0.0.1:${port}/api/v1/ai/generate`,
    requests,
    connections: () => connections,
    deserted: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else onDeserted = resolve;
      }),
    close,
  };
}

/** Returns the URL of a port that nothing listens on. */
export async function refusingUrl(): Promise<string> {
  const server = await startRawServer(() => undefined);
  await server.close();
  return server.url;
}

export const streamHead =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';

/** The head of a response without a length: the end of the connection ends the body. */
export const endlessHead =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';

/** One chunk of a chunked body. */
export function chunk(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

export const lastChunk = '0\r\n\r\n';

export function message(delta: string, isFinal = false): string {
  return `event: message\ndata: ${JSON.stringify({ delta, isFinal })}\n\n`;
}

export const errorEvent =
  'event: error\ndata: {"error":"no","code":"GENERATION_ERROR","details":"out of tokens"}\n\n';

export const ping = 'event: ping\ndata: {"timestamp":1700000000}\n\n';

/** Returns a response with a Content-Length. */
export function plainAnswer(status: number, contentType: string, body: string): string {
  return `HTTP/1.1 ${status} Status\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Sends a valid stream: two messages with text, and a final one without. */
export function goodStream(socket: Socket): void {
  socket.write(streamHead);
  socket.write(chunk(message('你好')));
  socket.write(chunk(message('，世界') + message('', true)));
  socket.write(lastChunk);
}

function parseRequest(
  received: Buffer,
  onConnection: number,
): { request: RawRequest; length: number } | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [requestLine = '', ...lines] = received.subarray(0, headEnd).toString().split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (received.length < length) return null;
  const [method = '', path = ''] = requestLine.split(' ');
  const [slot = -1, n = -1] = (headers[keyMetadata] ?? '').split('-').slice(1).map(Number);
  const body = received.subarray(headEnd + 4, length).toString();
  return { request: { method, path, headers, body, slot, n, onConnection }, length };
}
