import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';

import { errorBody, GatewayError } from './errors.ts';
import type { GatewayOptions } from './options.ts';

/** Of a URL and the headers together; Koa answers a URL that is too long by itself. */
const headLimitKiB = 32;

/** The longest that a client may take for the headers alone. */
const headersLimitMs = 10_000;

/** How often Node looks for requests that are late. */
const checkIntervalMs = 1000;

/** How long a client may take to close its side after a request that was no HTTP. */
const badHttpGraceMs = 1000;

/**
 * The HTTP server before the app: what clients may send, how long they may take, and what they are told
 * of a request that never gets to the app.
 */
export function createHttpServer(
  listener: RequestListener,
  { requestLimitMs, unreadLimitMs }: Pick<GatewayOptions, 'requestLimitMs' | 'unreadLimitMs'>,
): Server {
  const server = createServer(
    {
      // Koa answers for everything, also for what Node would answer by itself without JSON and CORS.
      requireHostHeader: false,
      maxHeaderSize: headLimitKiB * 1024,
      headersTimeout: Math.min(headersLimitMs, requestLimitMs),
      requestTimeout: requestLimitMs,
      connectionsCheckingInterval: checkIntervalMs,
    },
    listener,
  );
  server.on('connection', (socket) => {
    // One for each request that is pipelined on it, and that is for the client to say.
    socket.setMaxListeners(0);
  });
  // What a client expects beside `100-continue` is its own affair; Node would answer a bare 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  dropUnread(server, unreadLimitMs);
  answerBadHttp(server);
  return server;
}

/** Why a connection was ended: its client took nothing of what waited for it. */
export class ClientUnread extends Error {}

/**
 * Ends the connection of a client that reads nothing while something waits for it. Every byte that it
 * takes starts the time anew: a slow reader is no dead one.
 */
function dropUnread(server: Server, limitMs: number): void {
  server.on('request', ({ socket }, response) => {
    response.setTimeout(limitMs, () => {
      // A connection on which nothing waits is quiet because the agent is.
      if (socket.writableLength > 0) socket.destroy(new ClientUnread());
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

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** What is being answered on each connection. */
const underWay = new WeakMap<Duplex, Exchange[]>();

/** Whether an answer is on its way over a connection: nothing else may be written into it. */
export function isAnswering(socket: Duplex): boolean {
  return underWay.get(socket)?.some((exchange) => !isOver(exchange)) ?? false;
}

/** A request that is no HTTP never reaches Koa: without this its sender would learn nothing. */
function answerBadHttp(server: Server): void {
  server.on('request', (request, response) => {
    const before = underWay.get(request.socket) ?? [];
    const still = before.filter((exchange) => !isOver(exchange));
    underWay.set(request.socket, [...still, { request, response }]);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const exchanges = (underWay.get(socket) ?? []).filter((exchange) => !isOver(exchange));
    // A broken connection takes nothing.
    if (error.code === 'ECONNRESET' || !socket.writable || !isUnanswered(exchanges)) {
      socket.destroy();
      return;
    }
    const [status, details] = badHttp[error.code ?? ''] ?? noHttp;
    writeErrorAnswer(socket, status, new GatewayError('INVALID_REQUEST', details));
  });
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
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => socket.destroy(), badHttpGraceMs).unref();
}

/** A request that was refused may go on arriving: what goes wrong then has had its answer. */
function isOver({ request, response }: Exchange): boolean {
  return request.complete && response.closed;
}

/** Whether what is written now is the answer to the bad request, and goes into none that is under way. */
function isUnanswered(exchanges: readonly Exchange[]): boolean {
  return exchanges.every(({ request, response }) => !request.complete && !response.headersSent);
}
