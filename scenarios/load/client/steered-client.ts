// Dangling underscores are autocannon's own names; see `autocannon-internals.ts` for what they do.
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

/** Where requests go and what their body is. */
export interface Target extends Omit<AutocannonClientOptions, 'timeout' | 'setupClient'> {
  /** Whether a certificate that cannot be verified will do. */
  insecure: boolean;
}

/** How a connection came to its end while an answer was due. */
export type Loss =
  /** The server closed it in order (FIN). */
  | { how: 'closed' }
  /** The socket had an error, of this code, or was reset. */
  | { how: 'broken'; code: string }
  /** What came was not HTTP. */
  | { how: 'garbled' };

/** What happens to the one request that is out. Nothing is called for what nobody asked for. */
export interface ClientHooks {
  connected(): void;
  headed(status: number, contentType: string | null): void;
  body(bytes: Buffer): void;
  /** The response is complete; the connection stands, if it may carry another. */
  complete(): void;
  /** The connection is gone, the response was not complete. */
  lost(loss: Loss): void;
}

/** One of autocannon's clients, which connects and writes only when it is told to. */
export interface SteeredClient {
  /** Whether a connection stands that the next request will be written to. */
  isConnected(): boolean;
  /** Writes a request, over a new connection where none stands. One at a time. */
  send(headers: Record<string, string>): void;
  /** Reads nothing more until that time is over, or the next request is sent: what comes waits in the system. */
  rest(forMs: number): void;
  /** Gives the connection up, and with it the request that is out: no hook is called. */
  drop(): void;
  /** Ends the client; resolves when its last socket is closed. */
  close(): Promise<void>;
}

/** autocannon's limit for a response is not ours (data does not renew it): never, in its seconds. */
const neverSec = 1_000_000;

const nothingFinished: FinishedRequest = {
  req: undefined,
  headers: { statusCode: 0, headers: [] },
  body: '',
  bytes: 0,
  duration: 0,
};

/**
 * Stands in for the client's queue. The original collects whole bodies as text, and for a response
 * that nobody asked for it answers undefined, which the client then reads a property of.
 */
const noQueue: RequestQueue = {
  insertRequest: () => undefined,
  addByteCount: () => undefined,
  addBody: () => undefined,
  setHeaders: () => undefined,
  terminateRequest: () => nothingFinished,
  clear: () => undefined,
};

export function createSteeredClient(target: Target, hooks: ClientHooks): SteeredClient {
  /** The connection that may be used or is in use; null between a loss and the next request. */
  let standing: Socket | null = null;
  /** Whether a request is out. */
  let waiting = false;
  /** Whether the response being read is a 1xx, with the real one still to come. */
  let interim = false;
  let keepAlive = true;
  let socketError: NodeJS.ErrnoException | null = null;
  let sockets = 0;
  let restTimer: NodeJS.Timeout | undefined;
  let allClosed: (() => void) | undefined;

  const client = new AutocannonClient({ ...target, timeout: neverSec, setupClient: steer });

  function steer(client: AutocannonClient): void {
    client.pipelinedRequests = noQueue;
    // The constructor goes on to connect, which is refused below; `destroy` wants a socket all the same.
    client.conn = new Socket();

    // Left alone, the client connects again the moment a socket ends, and asks again the moment a
    // response does: 26,000 times in 3 s where connections are refused, and into a parser that
    // still holds half of the last response. So its own calls come here, ours go to the prototype.
    client._connect = () => lose(lossOf(client.conn, socketError));
    client._doRequest = () => undefined;

    client.on('connError', (error: NodeJS.ErrnoException) => {
      socketError = error;
    });
    client.on('headers', onHead);
    client.on('body', (bytes: Buffer) => {
      if (waiting) hooks.body(bytes);
    });
    client.on('response', onComplete);
  }

  function onHead({ statusCode, headers, shouldKeepAlive }: ResponseHead): void {
    // An answer to nothing, such as a 408 for a connection that was idle too long: what follows on
    // this connection could be taken for the answer to the next request.
    if (!waiting) drop();
    interim = statusCode >= 100 && statusCode < 200;
    if (!waiting || interim) return;
    keepAlive = shouldKeepAlive;
    hooks.headed(statusCode, headerOf(headers, 'content-type'));
  }

  function onComplete(): void {
    if (!waiting || interim) return;
    waiting = false;
    if (!keepAlive) drop();
    hooks.complete();
  }

  function lose(loss: Loss): void {
    if (standing === null) return;
    const wasWaiting = waiting;
    drop();
    if (wasWaiting) hooks.lost(loss);
  }

  function readOn(): void {
    clearTimeout(restTimer);
    standing?.resume();
  }

  function drop(): void {
    waiting = false;
    clearTimeout(restTimer);
    if (standing === null) return;
    standing = null;
    // Its listeners go with it: an error after the end would otherwise count as another loss.
    client._destroyConnection();
  }

  function adopt(socket: Socket): void {
    standing = socket;
    sockets += 1;
    socket.once('close', () => {
      sockets -= 1;
      if (sockets === 0) allClosed?.();
    });
    socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      const code = target.insecure ? null : certificateError(socket);
      if (code === null) hooks.connected();
      // In this turn nothing of the request has left yet, its token neither.
      else lose({ how: 'broken', code });
    });
    socket.on('data', () => {
      if (standing === socket && client.parser.hadError) lose({ how: 'garbled' });
    });
  }

  return {
    isConnected: () => standing !== null,
    send(headers) {
      client.setHeaders(headers);
      socketError = null;
      interim = false;
      waiting = true;
      readOn();
      if (standing === null) {
        // The last connection may have left it in the middle of a response.
        client.parser.reinitialize(client.parser.type);
        AutocannonClient.prototype._connect.call(client);
        adopt(client.conn);
      }
      AutocannonClient.prototype._doRequest.call(client);
    },
    rest(forMs) {
      clearTimeout(restTimer);
      standing?.pause();
      restTimer = setTimeout(readOn, forMs);
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
 * Where a reset arrives together with the last bytes, libuv reports the end of the stream in its
 * place. A socket that was closed in order still knows its peer at that moment; one that was reset
 * has none any more. (Node asks the system on the first use of `remoteAddress` and keeps the
 * answer, so nobody may have asked before.)
 */
function lossOf(socket: Socket, error: NodeJS.ErrnoException | null): Loss {
  if (error !== null) return { how: 'broken', code: error.code ?? error.message };
  return socket.remoteAddress === undefined
    ? { how: 'broken', code: 'ECONNRESET' }
    : { how: 'closed' };
}

/**
 * What is wrong with the server's certificate, such as `DEPTH_ZERO_SELF_SIGNED_CERT`; null where nothing
 * is. autocannon has Node go on whatever it is, and Node keeps what it found.
 */
function certificateError(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket) || socket.authorized) return null;
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message;
  return String(error);
}

function headerOf(headers: readonly string[], name: string): string | null {
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === name) return headers[at + 1] ?? null;
  }
  return null;
}
