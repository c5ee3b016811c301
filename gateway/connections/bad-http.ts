import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { errorBody, GatewayError } from '../errors.ts';
import { isAnsweredEarly, isArriving, onceAnswered } from './exchanges.ts';
import { isRefused, lateRequest, noteRefusal, tooLongHead } from './refusals.ts';
import { setTimeout } from '../../proto/timers.ts';

/** How long a client may take to close its side after invalid HTTP. */
const badHttpGraceMs = 1000;

/** Called for a request that is refused before the app; without a request for invalid HTTP. */
export type OnRefused = (error: GatewayError, request?: IncomingMessage) => void;

const badHttp: Readonly<Record<string, () => GatewayError>> = {
  HPE_HEADER_OVERFLOW: tooLongHead,
  ERR_HTTP_REQUEST_TIMEOUT: lateRequest,
};

/** Node's code for a connection that ends within a request. */
const endedTooEarly = 'HPE_INVALID_EOF_STATE';

function invalidHttp(): GatewayError {
  const details = 'request: is not valid HTTP; percent-encode characters beyond ASCII in its URL';
  return new GatewayError('INVALID_REQUEST', details);
}

/** Responds to invalid HTTP, which never reaches Koa. */
export function answerBadHttp(server: Server, onRefused: OnRefused): void {
  server.on('clientError', (thrown: NodeJS.ErrnoException, socket: Duplex) => {
    // A broken connection cannot be written to.
    if (thrown.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // Node reports every further read of the connection too.
    if (isRefused(socket)) return;
    const hasRequest = isArriving(socket);
    const error = (badHttp[thrown.code ?? ''] ?? invalidHttp)();
    noteRefusal(socket, thrown.code === endedTooEarly ? undefined : error);
    onceAnswered(socket, () => {
      if (isAnsweredEarly(socket)) {
        socket.destroy();
        return;
      }
      // The app observes the end of a request with an incomplete body.
      if (!hasRequest) onRefused(error);
      writeErrorAnswer(socket, error);
    });
  });
}

/** Responds to CONNECT. Node would close the connection, even before earlier requests have their responses. */
export function answerConnect(server: Server, onRefused: OnRefused): void {
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const error = new GatewayError('METHOD_NOT_ALLOWED', 'method: CONNECT is not for this server');
    onRefused(error, request);
    onceAnswered(socket, () => writeErrorAnswer(socket, error));
  });
}

/** Writes an error response like the app's to a socket that the HTTP server has detached. */
export function writeErrorAnswer(socket: Duplex, error: GatewayError): void {
  const { httpStatus } = error;
  const body = JSON.stringify(errorBody(error));
  socket.end(
    [
      `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}`,
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
