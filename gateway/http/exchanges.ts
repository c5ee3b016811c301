import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request and its response. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** What is being answered on each connection, in the order of the requests. */
const underWay = new WeakMap<Duplex, Exchange[]>();

/** Remembers which requests of a server are being answered. */
export function trackExchanges(server: Server): void {
  server.on('request', (request, response) => {
    underWay.set(request.socket, [...exchangesOf(request.socket), { request, response }]);
  });
}

function exchangesOf(socket: Duplex): Exchange[] {
  return (underWay.get(socket) ?? []).filter(
    ({ request, response }) => !request.complete || !response.closed,
  );
}

/**
 * Calls back once every whole request of a connection has its answer: what is written before that would
 * break into one of them. Never calls back where the connection ends first.
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

/** Whether the request that is still arriving has an answer already, so that another would be one too many. */
export function isAnsweredEarly(socket: Duplex): boolean {
  return exchangesOf(socket).some(({ response }) => response.headersSent);
}
