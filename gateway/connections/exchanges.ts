import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request and its response. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** The open exchanges of each connection, in the order of the requests. */
const openExchanges = new WeakMap<Duplex, Exchange[]>();

/** Tracks the open exchanges of a server. */
export function trackExchanges(server: Server): void {
  server.on('request', (request, response) => {
    openExchanges.set(request.socket, [...exchangesOf(request.socket), { request, response }]);
  });
}

function exchangesOf(socket: Duplex): Exchange[] {
  return (openExchanges.get(socket) ?? []).filter(
    ({ request, response }) => !request.complete || !response.closed,
  );
}

/**
 * Calls back once every complete request of a connection has its response, since an earlier write would
 * corrupt one of them. Never calls back if the connection ends first.
 */
export function onceAnswered(socket: Duplex, callback: () => void): void {
  const last = exchangesOf(socket).findLast(({ request }) => request.complete);
  if (last !== undefined) {
    last.response.once('close', () => onceAnswered(socket, callback));
    return;
  }
  if (socket.writable) callback();
  else socket.destroy();
}

/** Returns whether the body of a request is still arriving. */
export function isArriving(socket: Duplex): boolean {
  return exchangesOf(socket).some(({ request }) => !request.complete);
}

/** Whether a request that is still arriving already has its response, so that it must not get another. */
export function isAnsweredEarly(socket: Duplex): boolean {
  return exchangesOf(socket).some(({ response }) => response.headersSent);
}
