import { connect, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { tapFrames } from './frame-tap.ts';
import { silenceLimits } from './silence-watch.ts';

/** A tapped client before a server of Node's own, which holds both to the protocol. */
async function openTapped(answer: (stream: ServerHttp2Stream, path: string) => void) {
  const server = createServer();
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => sockets.push(socket));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    answer(stream, headers[':path'] ?? '');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const own = connectSocket(port, '127.0.0.1');
  const tap = tapFrames(own, { ...silenceLimits });
  const session = connect('http://127.0.0.1', { createConnection: () => tap.connection });
  const ends: string[] = [];
  session.on('error', (error: Error) => ends.push(error.message));
  session.on('goaway', (code) => ends.push(`goaway ${code}`));
  session.on('close', () => ends.push('closed'));
  onTestFinished(() => {
    session.destroy();
    for (const each of sessions) each.destroy();
    server.close();
  });
  /** Asks, and waits for the answer's headers. */
  const ask = async (path: string) => {
    const stream = session.request({ ':path': path });
    stream.on('error', () => {});
    stream.resume();
    const seen = { bytes: 0, ended: false };
    stream.once('end', () => {
      seen.ended = true;
    });
    await new Promise((resolve) => stream.once('response', resolve));
    const tapped = tap.stream(stream.id ?? 0);
    if (tapped === undefined) throw new Error('the stream is not tapped');
    return { stream, tapped, seen, count: (payload: Buffer) => (seen.bytes += payload.length) };
  };
  return { ask, tap, own, ends, sessions, sockets };
}

/** Bytes that begin as a message of gRPC does. */
const message = (bytes: number) => Buffer.alloc(bytes);

test('many windows of data arrive, and their end', async () => {
  const { ask, ends } = await openTapped((stream) => stream.end(message(3_000_000)));
  const { tapped, seen, count } = await ask('/');
  tapped.read(count);
  await expect.poll(() => seen).toEqual({ bytes: 3_000_000, ended: true });
  expect(ends).toEqual([]);
});

test('data that arrives before the reader is buffered', async () => {
  const { ask } = await openTapped((stream) => stream.end(message(1000)));
  const { tapped, seen, count } = await ask('/');
  await expect.poll(() => seen.ended).toBe(true);
  tapped.read(count);
  expect(seen.bytes).toBe(1000);
});

test('unread streams do not block others, and buffer one window each', async () => {
  const { ask, ends } = await openTapped((stream) => stream.end(message(200_000)));
  const unread = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(`/${index}`)));
  for (const { tapped, count } of unread) {
    tapped.read(count);
    tapped.pause();
  }
  const { tapped, seen, count } = await ask('/read');
  tapped.read(count);
  await expect.poll(() => seen).toEqual({ bytes: 200_000, ended: true });
  for (const { seen: held } of unread) expect(held.bytes).toBeLessThanOrEqual(65_535);

  for (const { tapped: held } of unread) held.resume();
  for (const { seen: held } of unread) {
    await expect.poll(() => held).toEqual({ bytes: 200_000, ended: true });
  }
  expect(ends).toEqual([]);
});

test('data for an ended stream does no harm', async () => {
  const { ask, tap, ends } = await openTapped((stream) => {
    const timer = setInterval(() => stream.write(message(50_000)), 1);
    stream.once('close', () => clearInterval(timer));
  });
  for (let round = 0; round < 20; round += 1) {
    const { stream, tapped, seen, count } = await ask('/');
    tapped.read(count);
    await expect.poll(() => seen.bytes).toBeGreaterThan(0);
    stream.close(8);
    tap.release(stream.id ?? 0);
  }
  const { tapped, seen, count } = await ask('/');
  tapped.read(count);
  await expect.poll(() => seen.bytes).toBeGreaterThan(500_000);
  expect(ends).toEqual([]);
});

test('a broken connection ends the session', async () => {
  const { ask, ends, sessions } = await openTapped(() => {});
  await ask('/');
  for (const session of sessions) session.destroy();
  await expect.poll(() => ends).toContain('closed');
});

// Node itself fails, with an error that nobody can catch, at a write between those two.
test('a stream can be cancelled at any time between the end of the connection and its close', async () => {
  for (let moment = 0; moment < 15; moment += 1) {
    const { ask, own, ends, sockets } = await openTapped(() => {});
    const { stream } = await ask('/');
    const cancelAfter = (ticks: number) => {
      if (ticks === 0) stream.close(8);
      else process.nextTick(cancelAfter, ticks - 1);
    };
    own.prependOnceListener('end', () => cancelAfter(moment));
    for (const socket of sockets) socket.end();
    await expect.poll(() => ends).toContain('closed');
    expect(stream.destroyed).toBe(true);
  }
});
