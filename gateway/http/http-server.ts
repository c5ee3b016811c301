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

/** The limit of URL and headers together; the app limits the URL alone. */
export const headLimitKiB = 32;

/** Time limit of the headers. */
export const headersLimitMs = 10_000;

/** How often Node checks the time limits. */
const checkIntervalMs = 1000;

/** How long a client may take to close its side after invalid HTTP. */
const badHttpGraceMs = 1000;

/** Called for a request that is refused before the app; without a request for invalid HTTP. */
export type OnRefused = (error: GatewayError, request?: IncomingMessage) => void;

/**
 * Creates the HTTP server in front of the app: limits of size and time, and the responses to requests that
 * never reach the app.
 */
export function createHttpServer(
  listener: RequestListener,
  { requestLimitMs, unreadLimitMs }: Pick<GatewayOptions, 'requestLimitMs' | 'unreadLimitMs'>,
  onRefused: OnRefused,
): Server {
  const server = createServer(
    {
      // `readTarget` checks it, since Node's own response has neither JSON nor CORS headers.
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
    // Each pipelined request adds a listener, and their number is up to the client.
    socket.setMaxListeners(0);
  });
  // Other expectations than `100-continue` are ignored; Node would respond with a bare 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  dropUnread(server, unreadLimitMs);
  trackExchanges(server);
  answerBadHttp(server, onRefused);
  answerConnect(server, onRefused);
  return server;
}

/**
 * Ends the connection of a client that reads nothing of the data that waits for it. Every byte that it reads
 * restarts the timeout, so a slow reader is not disconnected.
 */
function dropUnread(server: Server, limitMs: number): void {
  server.on('request', ({ socket }, response) => {
    response.setTimeout(limitMs, () => {
      // Without waiting data the connection is idle because the agent is.
      if (socket.writableLength > 0) socket.destroy(new ClientGone('not-read'));
    });
  });
}

const badHttp: Readonly<Record<string, readonly [status: string, details: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `request: its URL and headers must not exceed ${headLimitKiB} KiB together`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request: did not arrive in time'],
};

/** Node's code for a connection that ends within a request. */
const endedTooEarly = 'HPE_INVALID_EOF_STATE';

const invalidHttp = [
  '400 Bad Request',
  'request: is not valid HTTP; percent-encode characters beyond ASCII in its URL',
] as const;

/** The errors of connections that sent invalid HTTP; undefined for one that its client ended too early. */
const refusals = new WeakMap<Duplex, GatewayError | undefined>();

/** Returns the error with which invalid HTTP on a connection is answered. */
export function refusalOf(socket: Duplex): GatewayError | undefined {
  return refusals.get(socket);
}

/** Responds to invalid HTTP, which never reaches Koa. */
function answerBadHttp(server: Server, onRefused: OnRefused): void {
  server.on('clientError', (thrown: NodeJS.ErrnoException, socket: Duplex) => {
    // A broken connection cannot be written to.
    if (thrown.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // Node reports every further read of the connection too.
    if (refusals.has(socket)) return;
    const hasRequest = isArriving(socket);
    const [status, details] = badHttp[thrown.code ?? ''] ?? invalidHttp;
    const error = new GatewayError('INVALID_REQUEST', details, {
      httpStatus: Number.parseInt(status, 10),
    });
    refusals.set(socket, thrown.code === endedTooEarly ? undefined : error);
    onceAnswered(socket, () => {
      if (isAnsweredEarly(socket)) {
        socket.destroy();
        return;
      }
      // The app observes the end of a request with an incomplete body.
      if (!hasRequest) onRefused(error);
      writeErrorAnswer(socket, status, error);
    });
  });
}

/** Responds to CONNECT. Node would close the connection, even before earlier requests have their responses. */
function answerConnect(server: Server, onRefused: OnRefused): void {
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const error = new GatewayError('METHOD_NOT_ALLOWED', 'method: CONNECT is not for this server');
    onRefused(error, request);
    onceAnswered(socket, () => writeErrorAnswer(socket, '405 Method Not Allowed', error));
  });
}

/** Responds to `OPTIONS *`, a request about the server itself (RFC 9110, 9.3.7). */
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

/** Writes an error response like the app's to a socket that the HTTP server has detached. */
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
