import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { WebSocket, type ClientOptions, type RawData } from 'ws';

import { longestEvent } from './body-reader.ts';
import type { ClientHooks, LoadClient, Loss, OutgoingRequest } from './load-client.ts';
import type { Target } from './steered-client.ts';

/** How long the server may take to close the connection after the close frames. */
const closeTimeoutMs = 1000;

/** The most bytes of a character in UTF-8, per UTF-16 unit. */
const mostBytesPerUnit = 3;

/**
 * Creates a client of the specified WebSocket (A6): a connection for each request, whose body is the first
 * message. Each text message is one `body`, the upgrade is a head with status 101.
 */
export function createWebSocketClient(target: Target, hooks: ClientHooks): LoadClient {
  let current: WebSocket | null = null;
  let sockets = 0;
  let pauseTimer: NodeJS.Timeout | undefined;
  let allClosed: (() => void) | undefined;
  const { rejectUnauthorized, secureContext } = target.trust;
  // The types of `ws` lack two of them.
  const options: ClientOptions & { closeTimeout: number; ALPNProtocols: string[] } = {
    ALPNProtocols: ['http/1.1'],
    maxPayload: longestEvent * mostBytesPerUnit,
    perMessageDeflate: false,
    closeTimeout: closeTimeoutMs,
    rejectUnauthorized,
    ...(secureContext === undefined ? {} : { secureContext }),
  };

  function open({ path, headers, body }: OutgoingRequest): void {
    const isCurrent = () => current === webSocket;
    /** Ends the pending request; its later events do not count. */
    const lose = (loss: Loss) => {
      if (!isCurrent()) return;
      drop();
      hooks.lost(loss);
    };
    let transport: Transport | undefined;
    const webSocket = new WebSocket(`${target.protocol}//${target.host}${path}`, {
      ...options,
      headers,
      finishRequest(request) {
        request.once('socket', (socket) => {
          transport = watchSocket(socket);
          sockets += 1;
          socket.once('close', () => {
            sockets -= 1;
            if (sockets === 0) allClosed?.();
          });
          socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
            if (isCurrent()) hooks.connected();
          });
        });
        request.end();
      },
    });
    current = webSocket;
    webSocket.on('open', () => {
      if (!isCurrent()) return;
      hooks.head(101, null);
      webSocket.send(body);
    });
    webSocket.on('message', (message: RawData, isBinary) => {
      if (!isCurrent()) return;
      if (isBinary) lose({ kind: 'garbled', reason: 'a binary message' });
      else hooks.body(bytesOf(message));
    });
    webSocket.on('unexpected-response', (_: ClientRequest, response) => {
      if (isCurrent()) readRefusal(response, lose);
    });
    webSocket.on('error', (error: NodeJS.ErrnoException) => lose(lossOf(error, transport)));
    webSocket.on('close', (code, reason) => {
      const words = [`closed with ${code}`, reason.toString()].filter((word) => word !== '');
      if (code === 1005) lose({ kind: 'ended', by: 'closed without a code' });
      else if (code === 1006) lose(transport?.loss() ?? { kind: 'closed' });
      else lose({ kind: 'ended', by: words.join(' ') });
    });
  }

  /** Reads the response to an upgrade that the server refused. */
  function readRefusal(response: IncomingMessage, lose: (loss: Loss) => void): void {
    const owner = current;
    const { statusCode = 0, headers } = response;
    const isSuccess = statusCode >= 200 && statusCode < 300;
    // An event stream in place of the upgrade is none that was requested.
    hooks.head(statusCode, isSuccess ? null : (headers['content-type'] ?? null));
    response.on('data', (bytes: Buffer) => {
      if (current === owner) hooks.body(bytes);
    });
    response.once('error', () => lose({ kind: 'closed' }));
    response.once('end', () => {
      if (current !== owner) return;
      drop();
      hooks.complete();
    });
  }

  function drop(): void {
    clearTimeout(pauseTimer);
    const dropped = current;
    current = null;
    dropped?.terminate();
  }

  return {
    isConnected: () => false,
    send(request) {
      clearTimeout(pauseTimer);
      open(request);
    },
    pause(forMs) {
      clearTimeout(pauseTimer);
      current?.pause();
      pauseTimer = setTimeout(() => current?.resume(), forMs);
    },
    drop,
    close() {
      drop();
      return new Promise((resolve) => {
        if (sockets === 0) resolve();
        else allClosed = resolve;
      });
    },
  };
}

/** The end of a socket, which `ws` does not report after the upgrade. */
interface Transport {
  /** Returns how the connection ended; undefined while it is open. */
  loss(): Loss | undefined;
}

function watchSocket(socket: Socket): Transport {
  let loss: Loss | undefined;
  socket.prependOnceListener('error', (error: NodeJS.ErrnoException) => {
    loss ??= { kind: 'broken', code: error.code ?? error.message, error };
  });
  // A reset that arrives with the last bytes is reported as an end; see `steered-client.ts`.
  socket.prependOnceListener('end', () => {
    loss ??=
      socket.remoteAddress === undefined
        ? { kind: 'broken', code: 'ECONNRESET' }
        : { kind: 'closed' };
  });
  return { loss: () => loss };
}

function lossOf(error: NodeJS.ErrnoException, transport: Transport | undefined): Loss {
  const { code = '', message } = error;
  if (code.startsWith('HPE_')) return { kind: 'garbled', reason: 'the response is not HTTP' };
  if (code.startsWith('WS_ERR_') || code === '') return { kind: 'garbled', reason: message };
  return transport?.loss() ?? { kind: 'broken', code, error };
}

function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return message instanceof ArrayBuffer ? Buffer.from(message) : message;
}
