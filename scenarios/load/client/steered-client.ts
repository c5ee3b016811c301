// Names with a leading underscore are autocannon's; see `autocannon-internals.ts`.
/* oxlint-disable no-underscore-dangle */
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import {
  AutocannonClient,
  type AutocannonClientOptions,
  type FinishedRequest,
  type RequestQueue,
  type ResponseHead,
} from './autocannon-internals.ts';
import type { ClientHooks, LoadClient, Loss } from './load-client.ts';
import type { Trust } from '../target/trust.ts';

/** The server of a load, and the method of its requests. */
export interface Target extends Pick<
  AutocannonClientOptions,
  'protocol' | 'hostname' | 'port' | 'host' | 'method'
> {
  /** With the query. */
  path: string;
  trust: Trust;
}

/** In seconds. Disables autocannon's timeout, which data does not renew; the load has its own limits. */
const neverSec = 1_000_000;

const nothingFinished: FinishedRequest = {
  req: undefined,
  headers: { statusCode: 0, headers: [] },
  body: '',
  bytes: 0,
  duration: 0,
};

/**
 * Replaces the client's queue. The original collects complete bodies as text, and returns undefined for
 * an unrequested response, on which the client then reads a property.
 */
const noQueue: RequestQueue = {
  insertRequest: () => undefined,
  addByteCount: () => undefined,
  addBody: () => undefined,
  setHeaders: () => undefined,
  terminateRequest: () => nothingFinished,
  clear: () => undefined,
};

/** Creates a client of autocannon (HTTP/1.1) that connects and writes only on request. */
export function createSteeredClient(target: Target, hooks: ClientHooks): LoadClient {
  /** The open connection; null between a loss and the next request. */
  let current: Socket | null = null;
  /** Whether a request is pending. */
  let isPending = false;
  /** Whether the current response is a 1xx, which the final one follows. */
  let isInterim = false;
  let keepAlive = true;
  let socketError: NodeJS.ErrnoException | null = null;
  let sockets = 0;
  let pauseTimer: NodeJS.Timeout | undefined;
  let allClosed: (() => void) | undefined;

  const client = new AutocannonClient({
    ...target,
    body: '',
    timeout: neverSec,
    setupClient: steer,
  });

  function steer(client: AutocannonClient): void {
    client.pipelinedRequests = noQueue;
    // The override below prevents the constructor's connect, but `destroy` needs a socket.
    client.conn = new Socket();
    const { secureContext } = target.trust;
    client.opts.tlsOptions = {
      ALPNProtocols: ['http/1.1'],
      ...(secureContext === undefined ? {} : { secureContext }),
    };

    // By itself, the client reconnects as soon as a socket ends, and sends a request as soon as a
    // response ends: 26,000 times in 3 s if connections are refused, and with a parser that still holds
    // half of the last response. These overrides stop its own calls; ours use the prototype.
    client._connect = () => lose(lossOf(client.conn, socketError));
    client._doRequest = () => undefined;

    client.on('connError', (error: NodeJS.ErrnoException) => {
      socketError = error;
    });
    client.on('headers', onHead);
    client.on('body', (bytes: Buffer) => {
      if (isPending) hooks.body(bytes);
    });
    client.on('response', onComplete);
  }

  function onHead({ statusCode, headers, shouldKeepAlive }: ResponseHead): void {
    // An unrequested response, such as a 408 for an idle connection: on this connection it could be
    // taken for the response to the next request.
    if (!isPending) drop();
    isInterim = statusCode >= 100 && statusCode < 200;
    if (!isPending || isInterim) return;
    keepAlive = shouldKeepAlive;
    hooks.head(statusCode, headerOf(headers, 'content-type'));
  }

  function onComplete(): void {
    if (!isPending || isInterim) return;
    isPending = false;
    if (!keepAlive) drop();
    hooks.complete();
  }

  function lose(loss: Loss): void {
    if (current === null) return;
    const wasPending = isPending;
    drop();
    if (wasPending) hooks.lost(loss);
  }

  function resume(): void {
    clearTimeout(pauseTimer);
    current?.resume();
  }

  function drop(): void {
    isPending = false;
    clearTimeout(pauseTimer);
    if (current === null) return;
    current = null;
    // This also removes its listeners: a later error would otherwise count as another loss.
    client._destroyConnection();
  }

  function adopt(socket: Socket): void {
    current = socket;
    sockets += 1;
    socket.once('close', () => {
      sockets -= 1;
      if (sockets === 0) allClosed?.();
    });
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      const code = target.trust.rejectUnauthorized ? certificateError(socket) : null;
      if (code === null) hooks.connected();
      // In this turn no byte of the request has been sent, so the token has not either.
      else lose({ kind: 'broken', code });
    });
    socket.on('data', () => {
      if (current === socket && client.parser.hadError)
        lose({ kind: 'garbled', reason: 'the response is not HTTP' });
    });
  }

  return {
    isConnected: () => current !== null,
    send(request) {
      client.setRequests([request]);
      socketError = null;
      isInterim = false;
      isPending = true;
      resume();
      if (current === null) {
        // The last connection may have ended within a response.
        client.parser.reinitialize(client.parser.type);
        AutocannonClient.prototype._connect.call(client);
        adopt(client.conn);
      }
      AutocannonClient.prototype._doRequest.call(client);
    },
    pause(forMs) {
      clearTimeout(pauseTimer);
      current?.pause();
      pauseTimer = setTimeout(resume, forMs);
    },
    drop,
    close() {
      drop();
      client.destroy();
      return new Promise((resolve) => {
        if (sockets === 0) resolve();
        else allClosed = resolve;
      });
    },
  };
}

/**
 * Returns how a connection ended. If a reset arrives together with the last bytes, libuv reports the end
 * of the stream instead. A socket closed by FIN then still has a peer address, a reset one has none.
 * Node caches `remoteAddress` on first use, so nothing may read it before.
 */
function lossOf(socket: Socket, error: NodeJS.ErrnoException | null): Loss {
  if (error !== null) return { kind: 'broken', code: error.code ?? error.message };
  return socket.remoteAddress === undefined
    ? { kind: 'broken', code: 'ECONNRESET' }
    : { kind: 'closed' };
}

/**
 * Returns the error of the server's certificate, such as `DEPTH_ZERO_SELF_SIGNED_CERT`, or null.
 * autocannon tells Node to connect in spite of it, and Node keeps the error.
 */
function certificateError(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket) || socket.authorized) return null;
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return String(error);
}

function headerOf(headers: readonly string[], name: string): string | null {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === name) return headers[index + 1] ?? null;
  }
  return null;
}
