import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';

import { errorBody, toGatewayError, type GatewayError } from '../errors.ts';
import type { GatewayOptions } from '../options.ts';
import { carrierOf } from '../wire/carrier.ts';
import { answerBadHttp, answerConnect, type OnRefused } from './bad-http.ts';
import { trackExchanges } from './exchanges.ts';
import { createHttp2Sessions, type Http2Sessions } from './http2-sessions.ts';
import { headLimitKiB } from './refusals.ts';
import { readTarget } from './request-target.ts';
import { createTlsServer, type ServerTls } from './tls-server.ts';

/** Time limit of the headers. */
export const headersLimitMs = 10_000;

/** How often Node checks the time limits. */
const checkIntervalMs = 1000;

export interface HttpServer {
  /** HTTP/1.1, and what listens; its connections that choose HTTP/2 leave it. */
  server: Server;
  /** Takes no further request on the connections there are; open streams go on. */
  drain(): void;
  closeConnections(): void;
}

/**
 * Creates the HTTP server in front of the app: limits of size and time, and the responses to requests that
 * never reach the app.
 * @param tls for HTTPS, with HTTP/2 for clients that choose it
 */
export function createHttpServer(
  listener: RequestListener,
  { requestLimitMs, unreadLimitMs }: Pick<GatewayOptions, 'requestLimitMs' | 'unreadLimitMs'>,
  onRefused: OnRefused,
  tls?: Omit<ServerTls, 'handshakeLimitMs'>,
): HttpServer {
  const headersTimeout = Math.min(headersLimitMs, requestLimitMs);
  const options: ServerOptions = {
    // `readTarget` checks it, since Node's own response has neither JSON nor CORS headers.
    requireHostHeader: false,
    maxHeaderSize: headLimitKiB * 1024,
    headersTimeout,
    requestTimeout: requestLimitMs,
    connectionsCheckingInterval: checkIntervalMs,
  };
  const refuse = (request: IncomingMessage, response: ServerResponse, error: GatewayError) => {
    onRefused(error, request);
    answerError(response, error);
  };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    dropUnread(request, response, unreadLimitMs);
    try {
      readTarget(request);
    } catch (thrown) {
      refuse(request, response, toGatewayError(thrown));
      return;
    }
    if (request.url === '*') answerServerOptions(response);
    else listener(request, response);
  };
  const http2 =
    tls &&
    createHttp2Sessions({
      headersLimitMs: headersTimeout,
      requestLimitMs,
      answer,
      refuse,
      answerError,
    });
  const server =
    tls === undefined || http2 === undefined
      ? createServer(options, answer)
      : createTlsServer({ ...tls, handshakeLimitMs: headersTimeout }, options, answer, http2.take);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    // Each request that is open adds a listener, and their number is up to the client.
    socket.setMaxListeners(0);
  });
  // Other expectations than `100-continue` are ignored; Node would respond with a bare 417.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  trackExchanges(server);
  answerBadHttp(server, onRefused);
  answerConnect(server, onRefused);
  return { server, ...endings(server, http2) };
}

function endings(
  server: Server,
  http2: Http2Sessions | undefined,
): Pick<HttpServer, 'drain' | 'closeConnections'> {
  let isDraining = false;
  // A client that keeps its connection would never be balanced to another gateway.
  server.prependListener('request', ({ socket }, response) => {
    if (isDraining) response.setHeader('Connection', 'close');
    else response.once('finish', () => isDraining && socket.end());
  });
  return {
    drain() {
      isDraining = true;
      server.closeIdleConnections();
      http2?.drain();
    },
    closeConnections() {
      http2?.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Ends the connection of a client, or its stream of HTTP/2, that reads nothing of the data that waits for it.
 * Every byte that it reads restarts the timeout, so a slow reader is not disconnected.
 */
function dropUnread(request: IncomingMessage, response: ServerResponse, limitMs: number): void {
  response.setTimeout(limitMs, carrierOf(request).dropUnread);
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
