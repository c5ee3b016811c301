import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { RefusedClients } from '../../proto/http2/refused-clients.ts';
import { GatewayError } from '../errors.ts';
import { connectionBeneath } from '../wire/connection-beneath.ts';
import { writeErrorAnswer } from './bad-http.ts';
import type { Certificates } from '../../proto/http2/tls-files.ts';

/** The answer to a request without TLS. */
const httpsExpected = 'request: this port has HTTPS; write https:// in the URL';

/** TLS of a server. */
export interface ServerTls {
  certificates: Certificates;
  /** The clients that fail to connect, such as those without TLS. */
  refused: RefusedClients;
  /** Time limit of the handshake. */
  handshakeLimitMs: number;
}

/**
 * Creates a server of HTTPS and WSS, whose new connections use the newest certificates.
 * @param takeHttp2 receives each connection whose client has chosen HTTP/2 (ALPN, RFC 7301)
 */
export function createTlsServer(
  { certificates, refused, handshakeLimitMs }: ServerTls,
  options: ServerOptions,
  listener: RequestListener,
  takeHttp2: (socket: TLSSocket) => void,
): Server {
  let texts = certificates.current();
  const server = createServer(
    {
      ...options,
      ...texts,
      handshakeTimeout: handshakeLimitMs,
      ALPNProtocols: ['h2', 'http/1.1'],
    },
    listener,
  );
  // Before the listener that starts the handshake.
  server.prependListener('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    const newest = certificates.current();
    if (newest !== texts) server.setSecureContext(newest);
    texts = newest;
  });
  // Node takes a failed handshake for invalid HTTP.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    refused.log(error, socket);
    const connection = connectionBeneath(socket);
    if (error.code === 'ERR_SSL_HTTP_REQUEST' && connection?.writable === true) {
      writeErrorAnswer(connection, new GatewayError('INVALID_REQUEST', httpsExpected));
    } else socket.destroy();
  });
  server.once('close', refused.close);
  divide(server, takeHttp2);
  closeHandshakes(server);
  return server;
}

/** Takes the connections of HTTP/2 away from the server, which would read HTTP/1.1. */
function divide(server: Server, takeHttp2: (socket: TLSSocket) => void): void {
  const takers = server.listeners('secureConnection');
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') takeHttp2(socket);
    else for (const take of takers) take.call(server, socket);
  });
}

/** Ends unfinished handshakes with the server: `closeAllConnections` knows of complete ones alone. */
function closeHandshakes(server: Server): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const closeAllConnections = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeAllConnections();
    for (const socket of sockets) socket.destroy();
  };
}
