import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connect as connectHttp2 } from 'node:http2';

import { generatePath } from '../../../proto/interface.ts';
import { dial } from '../../../gateway/testing/dial.ts';

/** A gateway to disconnect from: its URL, and its authority over TLS. */
export interface Left {
  url: string;
  ca?: string;
}

type Draw = () => number;

/** Requests a stream and disconnects at a random moment: before the response, during it, or at its end. */
export type Leaver = (from: Left, key: string, draw: Draw) => Promise<void>;

/** The ways in which a client disconnects: a half-close (FIN), a close, a reset. */
const ways = [
  (socket: Socket) => socket.end(),
  (socket: Socket) => socket.destroy(),
  (_: Socket, connection: Socket) => connection.resetAndDestroy(),
];

const someTime = (draw: Draw) => new Promise((resolve) => setTimeout(resolve, draw() ** 2 * 400));

const pathOf = (key: string) => `${generatePath}?prompt=a&key=${key}`;

/** @param socket carries HTTP; `connection` carries the socket, and is the same without TLS */
async function leaveHttp1(socket: Socket, connection: Socket, key: string, draw: Draw) {
  const closed = new Promise((resolve) => connection.once('close', resolve));
  socket.on('error', () => {}).resume();
  const request = `GET ${pathOf(key)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  // One in ten sends only a part of its request.
  socket.write(draw() < 0.1 ? request.slice(0, Math.floor(draw() * request.length)) : request);
  await someTime(draw);
  ways[Math.floor(draw() * ways.length)]?.(socket, connection);
  await closed;
}

/** Protocol → client. */
export const leavers: Readonly<Record<'HTTP/1.1' | 'HTTP/1.1 over TLS' | 'HTTP/2', Leaver>> = {
  async 'HTTP/1.1'({ url }, key, draw) {
    const socket = await dial(url);
    await leaveHttp1(socket, socket, key, draw);
  },
  async 'HTTP/1.1 over TLS'({ url, ca }, key, draw) {
    const connection = await dial(url);
    connection.on('error', () => {});
    // Some disconnect during the handshake.
    await leaveHttp1(connectTls({ socket: connection, ca }), connection, key, draw);
  },
  async 'HTTP/2'({ url, ca }, key, draw) {
    const connection = await dial(url);
    connection.on('error', () => {});
    const closed = new Promise((resolve) => connection.once('close', resolve));
    const socket = connectTls({ socket: connection, ca, ALPNProtocols: ['h2'] });
    socket.on('error', () => {});
    const session = connectHttp2(url, { createConnection: () => socket });
    session.on('error', () => {});
    const streams = Array.from({ length: 3 }, () =>
      session
        .request({ ':path': pathOf(key) })
        .on('error', () => {})
        .resume(),
    );
    // One in ten disconnects during the handshake.
    if (draw() > 0.1) await Promise.race([once(session, 'connect').catch(() => {}), closed]);
    await someTime(draw);
    // Half of them reset their streams one by one and then close the connection.
    if (draw() < 0.5) {
      for (const stream of streams) {
        stream.close(8);
        await someTime(() => draw() * 0.3);
      }
    }
    if (draw() < 0.3) session.close();
    else if (draw() < 0.5) session.destroy();
    else connection.resetAndDestroy();
    // A closed session stays open until its streams have ended.
    setTimeout(() => session.destroy(), 500).unref();
    await closed;
  },
};
