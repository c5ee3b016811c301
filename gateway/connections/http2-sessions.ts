import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Session,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';

import { GatewayError } from '../errors.ts';
import { clearTimeout, setImmediate, setTimeout } from '../../proto/timers.ts';
import { countWrites } from '../wire/http2-writes.ts';
import { headLimitKiB, lateRequest, noteRefusal, tooLongHead } from './refusals.ts';

/** Returns both as what the app takes, which needs of them only what they share with those of HTTP/1.1. */
function asOfHttp1(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): [IncomingMessage, ServerResponse] {
  const pair: unknown = [request, response];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node has no type for what they share
  return pair as [IncomingMessage, ServerResponse];
}

/** Returns the size of URL and headers together. */
function sizeOf({ rawHeaders }: Http2ServerRequest): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, 0);
}

/** How HTTP/2 answers requests, and how long it waits for them. */
export interface Http2Options {
  /** Time limit of the first request's headers. */
  headersLimitMs: number;
  /** Time limit of a request with its body. */
  requestLimitMs: number;
  answer(request: IncomingMessage, response: ServerResponse): void;
  /** Answers a request with an error before the app. */
  refuse(request: IncomingMessage, response: ServerResponse, error: GatewayError): void;
  /** Answers a request with an error that the app observes. */
  answerError(response: ServerResponse, error: GatewayError): void;
}

/** The connections of HTTP/2. */
export interface Http2Sessions {
  /** Serves a connection whose client has chosen HTTP/2. */
  take(socket: TLSSocket): void;
  /** Takes no further request on any connection; open streams go on. Their clients connect anew. */
  drain(): void;
  /** Ends all connections. */
  close(): void;
}

/** As many streams of one page as a gateway of gRPC usually allows; RFC 9113 advises at least 100. */
export const mostStreams = 250;

/** How long a connection stays between two requests. Not every client sends one again that meets its end. */
export const idleLimitMs = 60_000;

/** How long a connection may take to send the rest before it is destroyed. */
const closeGraceMs = 1000;

/** NGHTTP2_NO_ERROR: the response is complete, and the rest of the request is not needed (RFC 9113, 8.1). */
const noError = 0;

export function createHttp2Sessions(options: Http2Options): Http2Sessions {
  const { headersLimitMs, requestLimitMs, answer, refuse, answerError } = options;
  const sessions = new Set<ServerHttp2Session>();
  let isDraining = false;
  const server = createServer({
    settings: { maxConcurrentStreams: mostStreams },
  });

  const serve = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const [asked, answered] = asOfHttp1(request, response);
    const { session, endAfterHeaders } = request.stream;
    countWrites(request.stream);
    if (isDraining) response.once('finish', () => endSession(session));
    // By this header the libraries for HTTP/1.1 know that there is a body; HTTP/2 needs none.
    if (!endAfterHeaders) request.headers['transfer-encoding'] = 'chunked';
    limitBody(request, requestLimitMs, () => {
      if (response.headersSent) return;
      const error = lateRequest();
      noteRefusal(request, error);
      answerError(answered, error);
    });
    if (sizeOf(request) > headLimitKiB * 1024) refuse(asked, answered, tooLongHead());
    else answer(asked, answered);
  };

  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    endIdle(session, headersLimitMs);
  });
  server.on('request', serve);
  server.on('checkContinue', (request, response) => {
    // Its client may have reset it with the same bytes.
    if (!request.stream.closed && !request.stream.destroyed) response.writeContinue();
    serve(request, response);
  });
  server.on('checkExpectation', serve);
  server.on('connect', (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const details = 'method: CONNECT is not for this server';
    refuse(...asOfHttp1(request, response), new GatewayError('METHOD_NOT_ALLOWED', details));
  });

  return {
    take: (socket) => void server.emit('connection', socket),
    drain() {
      isDraining = true;
      for (const session of sessions) session.close();
    },
    close() {
      for (const session of sessions) session.destroy();
    },
  };
}

/**
 * Ends a connection on which no request is open for so long, whatever else its client sends: parts of headers
 * without an end are no request.
 */
function endIdle(session: ServerHttp2Session, firstLimitMs: number): void {
  let open = 0;
  let timer: NodeJS.Timeout | undefined;
  const wait = (limitMs: number) => {
    timer = setTimeout(() => endSession(session), limitMs).unref();
  };
  wait(firstLimitMs);
  session.on('stream', (stream) => {
    open += 1;
    clearTimeout(timer);
    stream.once('close', () => {
      open -= 1;
      if (open === 0 && !session.destroyed) wait(idleLimitMs);
    });
  });
  session.once('close', () => clearTimeout(timer));
}

/** Ends a connection after its open streams, which a client that reads nothing does not delay. */
function endSession(session: Http2Session | undefined): void {
  if (session === undefined || session.destroyed) return;
  session.close();
  const timer = setTimeout(() => session.destroy(), closeGraceMs).unref();
  session.once('close', () => clearTimeout(timer));
}

/** Calls back for a request whose body has not arrived in time. The rest after a whole response is not needed. */
function limitBody({ stream }: Http2ServerRequest, limitMs: number, onLate: () => void): void {
  if (stream.endAfterHeaders) return;
  const timer = setTimeout(onLate, limitMs).unref();
  const stop = () => clearTimeout(timer);
  stream.once('end', stop);
  stream.once('close', stop);
  stream.once('finish', () => {
    if (stream.readableEnded) return;
    // A stream with unread bytes would never close.
    stream.removeAllListeners('data').resume();
    // After the frame that ends the response.
    setImmediate(() => stream.close(noError));
  });
}
