import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';

import { ClientGone } from '../client-gone.ts';
import { errorBody, GatewayError, toGatewayError } from '../errors.ts';
import { isAnsweredEarly, isArriving, onceAnswered, trackExchanges } from './exchanges.ts';
import type { GatewayOptions } from '../options.ts';
import { readTarget } from './request-target.ts';
import { setTimeout } from '../../proto/timers.ts';

/** Of a URL and the headers together; Koa answers a URL that is too long by itself. */
const headLimitKiB = 32;

/** The longest that a client may take for the headers alone. */
const headersLimitMs = 10_000;

/** How often Node looks for requests that are late. */
const checkIntervalMs = 1000;

/** How long a client may take to close its side after a request that was no HTTP. */
const badHttpGraceMs = 1000;

/** Called for a request that is refused before the app sees it; without a request for what is no HTTP. */
export type OnRefused = (error: GatewayError, request?: IncomingMessage) => void;

/**
 * The HTTP server before the app: what clients may send, how long they may take, and the answer to a
 * request that never gets to the app.
 */
export function createHttpServer(
  listener: RequestListener,
  { requestLimitMs, unreadLimitMs }: Pick<GatewayOptions, 'requestLimitMs' | 'unreadLimitMs'>,
  onRefused: OnRefused,
): Server {
  const server = createServer(
    {
      // `readTarget` asks for it: Node's own answer has neither JSON nor CORS headers.
      requireHostHeader: false,
      maxHeaderSize: headLimitKiB * 1024,
      headersTimeout: Math.min(headersLimitMs, requestLimitMs),
      requestTimeout: requestLimitMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
    (request, response) => {
      try {
        readTarget(request);
      } catch (thrown) {
        const error = toGatewayError(thrown);
        onRefused(error, request);
        answerError(response, error);
        return;
      }
      if (request.url === '*') answerServerOptions(response);
      else listener(request, response);
    },
  );
  server.on('connection', (socket) => {
    // One for each request that is pipelined on it, and that is for the client to say.
    socket.setMaxListeners(0);
  });
  // What a client expects beside `100-continue` is its own affair; Node would answer a bare 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  dropUnread(server, unreadLimitMs);
  trackExchanges(server);
  answerBadHttp(server, onRefused);
  answerConnect(server, onRefused);
  return server;
}

/**
 * Ends the connection of a client that reads nothing while something waits for it. Every byte that it
 * takes starts the time anew: a slow reader is no dead one.
 */
function dropUnread(server: Server, limitMs: number): void {
  server.on('request', ({ socket }, response) => {
    response.setTimeout(limitMs, () => {
      // A connection on which nothing waits is quiet because the agent is.
      if (socket.writableLength > 0) socket.destroy(new ClientGone('not-read'));
    });
  });
}

const badHttp: Readonly<Record<string, readonly [status: string, details: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `request: its URL and headers must not exceed ${headLimitKiB} KiB together`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request: it did not arrive in time'],
};

const noHttp = [
  '400 Bad Request',
  'request: is not valid HTTP; characters beyond ASCII have to be percent-encoded in a URL',
] as const;

/** Connections that wait to be told that their last request is no HTTP. */
const refusing = new WeakSet<Duplex>();

/** A request that is no HTTP never reaches Koa: without this its sender would learn nothing. */
function answerBadHttp(server: Server, onRefused: OnRefused): void {
  server.on('clientError', (thrown: NodeJS.ErrnoException, socket: Duplex) => {
    // A broken connection takes nothing.
    if (thrown.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // Node reports every further read of the connection as well.
    if (refusing.has(socket)) return;
    refusing.add(socket);
    const hasRequest = isArriving(socket);
    const [status, details] = badHttp[thrown.code ?? ''] ?? noHttp;
    const error = new GatewayError('INVALID_REQUEST', details, {
      httpStatus: Number.parseInt(status, 10),
    });
    onceAnswered(socket, () => {
      if (isAnsweredEarly(socket)) {
        socket.destroy();
        return;
      }
      // The app observes the end of a request whose body breaks off.
      if (!hasRequest) onRefused(error);
      writeErrorAnswer(socket, status, error);
    });
  });
}

/** Node would close the connection without an answer, also to the requests before. */
function answerConnect(server: Server, onRefused: OnRefused): void {
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const error = new GatewayError('METHOD_NOT_ALLOWED', 'method: CONNECT is not for this server');
    onRefused(error, request);
    onceAnswered(socket, () => writeErrorAnswer(socket, '405 Method Not Allowed', error));
  });
}

/** `OPTIONS *` asks about the server as a whole (RFC 9110, 9.3.7). */
function answerServerOptions(response: ServerResponse): void {
  response.writeHead(204, { Allow: 'GET, HEAD, POST, OPTIONS' }).end();
}

function answerError(response: ServerResponse, error: GatewayError): void {
  const body = JSON.stringify(errorBody(error));
  response.writeHead(error.httpStatus, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Access-Control-Allow-Origin': '*',
  });
  response.end(body);
}

/** Answers on a socket of which the HTTP server has let go, as the app would. */
export function writeErrorAnswer(socket: Duplex, status: string, error: GatewayError): void {
  const body = JSON.stringify(errorBody(error));
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Access-Control-Allow-Origin: *',
      ...(error.code === 'METHOD_NOT_ALLOWED' ? ['Allow: GET, POST, OPTIONS'] : []),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), badHttpGraceMs).unref();
}
