import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A POST of a stream. */
export interface StreamRequest {
  path: string;
  /** JSON. */
  body: string;
}

/** Callbacks of one stream. */
interface StreamListener {
  /** Called when the connection is open, before the request is written. */
  sent(): void;
  /** @param bytes valid only during the call */
  read(bytes: Buffer): void;
  closed(): void;
}

/** A transport to a server on this machine. */
export interface Wire {
  open(request: StreamRequest, listener: StreamListener): void;
  close(): void;
}

/** `tls` is HTTPS over HTTP/1.1, `http2` HTTPS with many streams on one connection. */
export type WireKind = 'plain' | 'tls' | 'http2';

const readBufferBytes = 64 * 1024;

/** Streams per HTTP/2 connection, as many as browsers open. */
const streamsPerSession = 100;

export function createWire(kind: WireKind, port: number): Wire {
  return kind === 'http2' ? http2Wire(port) : http1Wire(kind, port);
}

/** Opens one connection per stream. */
function http1Wire(kind: 'plain' | 'tls', port: number): Wire {
  // Shared by all plain sockets.
  const buffer = Buffer.alloc(readBufferBytes);
  const sockets = new Set<Socket>();

  const connectFor = ({ read }: StreamListener): Socket => {
    const address = { port, host: '127.0.0.1' };
    if (kind === 'tls') {
      // The certificate is self-signed.
      return connectTls({ ...address, rejectUnauthorized: false })
        .setNoDelay(true)
        .on('data', read);
    }
    const callback = (length: number) => {
      read(buffer.subarray(0, length));
      return true;
    };
    return connectTcp({ ...address, noDelay: true, onread: { buffer, callback } });
  };

  return {
    open(request, listener) {
      const socket = connectFor(listener);
      sockets.add(socket);
      socket.once(kind === 'tls' ? 'secureConnect' : 'connect', () => {
        listener.sent();
        socket.write(textOf(request));
      });
      // `close` follows every error.
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        listener.closed();
      });
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function http2Wire(port: number): Wire {
  const sessions: ClientHttp2Session[] = [];
  let opened = 0;

  const nextSession = (): ClientHttp2Session => {
    const last = sessions.at(-1);
    if (last !== undefined && opened % streamsPerSession !== 0) return last;
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    session.setMaxListeners(0).on('error', () => {});
    sessions.push(session);
    return session;
  };

  return {
    open({ path, body }, listener) {
      const session = nextSession();
      opened += 1;
      const request = () => {
        listener.sent();
        const stream = session.request({ ':method': 'POST', ':path': path, ...requestHeaders });
        stream.on('data', listener.read);
        stream.on('error', () => {});
        stream.once('close', listener.closed);
        stream.end(body);
      };
      if (session.connecting) session.once('connect', request);
      else request();
    },
    close() {
      for (const session of sessions) session.destroy();
    },
  };
}

const requestHeaders = {
  'content-type': 'application/json',
  accept: 'text/event-stream',
  authorization: 'Bearer bench',
};

function textOf({ path, body }: StreamRequest): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...Object.entries(requestHeaders).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
