import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Logger } from 'pino';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

import type { AgentCall } from '../agent/agent-client.ts';
import { generatePath } from '../../proto/interface.ts';
import type { Authenticate } from '../auth.ts';
import { errorBody, GatewayError, toGatewayError } from '../errors.ts';
import { readGenerateRequest } from '../http/read-request.ts';
import { goneKindOf, goneReasons } from '../client-gone.ts';
import type { Client, Generations } from '../generations.ts';
import { onceAnswered } from '../connections/exchanges.ts';
import { writeErrorAnswer } from '../connections/bad-http.ts';
import type { Observers } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { readAgain } from './ignore-upgrade.ts';
import { readTarget } from '../connections/request-target.ts';
import { openWebSocketSink } from '../sinks/websocket-sink.ts';
import { connectionCarrier, type Carrier } from '../wire/carrier.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

export interface WebSockets {
  /** Terminates open connections without a close frame. */
  close(): void;
}

/** How long a client may take to answer the close frame. */
const closeTimeoutMs = 2000;

/**
 * Serves the generation interface over WebSocket (A6): the same path, one JSON text message per event, with the
 * same names and data as SSE.
 *
 * The request is in the query, as for a GET, or the first message, as the body of a POST. An invalid request
 * gets an `error` event, since a page cannot read the response to an upgrade.
 */
export function acceptWebSockets(
  server: Server,
  generations: Generations,
  authenticate: Authenticate,
  observers: Observers,
  options: GatewayOptions,
  log: Logger,
): WebSockets {
  const open = new Set<WebSocket>();
  const acceptor = new WebSocketServer({
    noServer: true,
    maxPayload: options.bodyLimitBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });

  const refuse = (socket: Duplex, error: GatewayError, request: IncomingMessage) => {
    observers.refused(error, request);
    writeErrorAnswer(socket, error);
  };

  // For example, another version of the protocol.
  acceptor.on('wsClientError', (thrown, socket, request) => {
    const error = new GatewayError('INVALID_REQUEST', `WebSocket: ${thrown.message}`);
    refuse(socket, error, request);
  });

  const serve = async (webSocket: WebSocket, request: IncomingMessage, carrier: Carrier) => {
    const startMs = performance.now();
    const query = queryOf(request);
    const events = observers.arrived({ transport: 'websocket', message: request, query });
    try {
      authenticate({ method: 'GET', query, headers: request.headers });
      const fields = query['prompt'] === undefined ? await firstMessage(webSocket, options) : query;
      await generations.start(
        {
          request: readGenerateRequest(fields, query, request.headers, options),
          startMs,
          fromChar: 0,
          events,
        },
        clientOf(webSocket, carrier),
      );
    } catch (thrown) {
      const goneKind = goneKindOf(thrown);
      if (goneKind !== undefined) {
        events.ended?.(goneKind);
        webSocket.terminate();
        return;
      }
      const error = toGatewayError(thrown);
      if (error.code === 'INTERNAL') log.error({ err: error.cause }, 'a request failed');
      events.refused?.(error);
      webSocket.send(JSON.stringify({ event: 'error', data: errorBody(error) }));
      webSocket.close(closeCodeOf(error), error.code);
      setTimeout(() => webSocket.terminate(), closeTimeoutMs).unref();
    }
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      readTarget(request);
    } catch (thrown) {
      refuse(socket, toGatewayError(thrown), request);
      return;
    }
    const { pathname } = urlOf(request);
    if (pathname !== generatePath) {
      const details = `path: ${pathname} has no WebSocket; ${generatePath} has one`;
      refuse(socket, new GatewayError('NOT_FOUND', details), request);
      return;
    }
    acceptor.handleUpgrade(request, socket, head, (webSocket) => {
      open.add(webSocket);
      webSocket.once('close', () => open.delete(webSocket));
      // A `close` follows and ends the stream.
      webSocket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'));
      const carrier = connectionCarrier(request.socket);
      request.socket.setTimeout(options.unreadLimitMs, carrier.dropUnread);
      void serve(webSocket, request, carrier);
    });
  };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    // The request may be pipelined behind one without a response yet.
    onceAnswered(socket, () => {
      // Some clients offer HTTP/2 this way, in an otherwise normal request.
      const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
      if (request.method === 'GET' && isWebSocket) upgrade(request, socket, head);
      else readAgain(server, request, socket, head);
    });
  });

  return {
    close() {
      for (const webSocket of open) webSocket.terminate();
    },
  };
}

function clientOf(webSocket: WebSocket, carrier: Carrier): Client {
  return {
    carrier,
    isGone: () => webSocket.readyState !== webSocket.OPEN,
    watch(onGone) {
      const onClose = () => onGone(carrier.goneKind());
      webSocket.once('close', onClose);
      return () => webSocket.off('close', onClose);
    },
    open: (_: AgentCall, faults) => openWebSocketSink(webSocket, carrier, faults),
    openUndecided: () => openWebSocketSink(webSocket, carrier, []),
  };
}

/** Resolves with the first message, which corresponds to the body of a POST. */
function firstMessage(webSocket: WebSocket, { requestLimitMs }: GatewayOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      clearTimeout(timer);
      webSocket.off('message', take);
      webSocket.off('close', leave);
      action();
    };
    const take = (data: RawData) => settle(() => resolve(parse(data)));
    const leave = () => settle(() => reject(goneReasons['client-left']));
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(new GatewayError('INVALID_REQUEST', 'message: did not arrive in time')),
        ),
      requestLimitMs,
    );
    webSocket.once('message', take);
    webSocket.once('close', leave);
  });
}

/** Returns undefined for invalid JSON, which the reader of the fields reports. */
function parse(data: RawData): unknown {
  try {
    // The default form of data in ws.
    return Buffer.isBuffer(data) ? JSON.parse(data.toString()) : undefined;
  } catch {
    return undefined;
  }
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  // A path such as //x would be parsed as a host.
  return new URL(`http://gateway${url.startsWith('/') ? url : '/'}`);
}

/** Returns the query in Koa's form: a repeated name has an array. */
function queryOf(request: IncomingMessage): Record<string, string | string[]> {
  const { searchParams } = urlOf(request);
  const names = [...new Set(searchParams.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const [first = '', ...others] = searchParams.getAll(name);
      return [name, others.length === 0 ? first : [first, ...others]];
    }),
  );
}

/** Returns the close code (RFC 6455 and its registry): 1008 for an invalid request, 1013 to try again later. */
function closeCodeOf({ httpStatus }: GatewayError): number {
  if (httpStatus === 429 || httpStatus === 503) return 1013;
  return httpStatus < 500 ? 1008 : 1011;
}
