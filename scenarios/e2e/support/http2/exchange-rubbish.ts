import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { onTestFinished } from 'vitest';

import type { Rubbish } from './http2-rubbish.ts';

/** Time limit for a peer to close the connection when the sequence does not. */
const waitMs = 20;

/** Connects to a server, sends it a client's sequence and waits until the connection is over. */
export function sendRubbish(port: number, rubbish: Rubbish): Promise<void> {
  return sendOver(connect({ port, host: '127.0.0.1', noDelay: true }), rubbish);
}

/** The same over TLS, to a server that offers HTTP/2. */
export function sendRubbishOverTls(port: number, ca: string, rubbish: Rubbish): Promise<void> {
  const options = { port, host: '127.0.0.1', ca, ALPNProtocols: ['h2'] };
  return sendOver(connectTls(options).setNoDelay(true), rubbish);
}

async function sendOver(socket: Socket, rubbish: Rubbish): Promise<void> {
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await Promise.race([once(socket, 'connect').catch(() => {}), closed]);
  const [first, ...others] = rubbish.pieces;
  socket.write(first === undefined ? rubbish.opening : Buffer.concat([rubbish.opening, first]));
  await writePieces(socket, others);
  finish(socket, rubbish.ending);
  await closed;
}

/** Starts a server that sends each client the next sequence. */
export async function startRubbishServer(next: () => Rubbish): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    void answer(socket, next());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a TCP port
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(socket: Socket, { opening, pieces, ending }: Rubbish): Promise<void> {
  socket.resume();
  socket.write(opening);
  // A client sends its call after the settings; one that waits longer gets the remaining bytes too.
  for (let turn = 0; turn < 20 && socket.bytesRead < 200; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await writePieces(socket, pieces);
  finish(socket, ending);
}

async function writePieces(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return;
    socket.write(piece);
    await nextTurn();
  }
}

function finish(socket: Socket, ending: Rubbish['ending']): void {
  if (ending === 'destroy') socket.destroy();
  else if (ending === 'end') socket.end();
  const timer = setTimeout(() => socket.destroy(), waitMs);
  socket.once('close', () => clearTimeout(timer));
}
