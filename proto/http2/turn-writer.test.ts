import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { createTurnWriter } from './turn-writer.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close();
});

/** Both ends of a connection. */
async function openPair(): Promise<[ours: Socket, theirs: Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ours = connect(port, '127.0.0.1');
  const [theirs] = (await once(server, 'connection')) as [Socket];
  closers.push(
    () => server.close(),
    () => ours.destroy(),
    () => theirs.destroy(),
  );
  return [ours, theirs];
}

test('what comes in one turn is written once, in order', async () => {
  const [ours, theirs] = await openPair();
  let pieces = 0;
  const writer = createTurnWriter(ours, () => {
    pieces += 1;
  });
  let received = '';
  theirs.on('data', (bytes: Buffer) => {
    received += bytes.toString();
  });
  for (const text of ['a', 'b', 'c']) writer.write(Buffer.from(text));
  expect(pieces).toBe(0);
  await expect.poll(() => received).toBe('abc');
  expect(pieces).toBe(1);
  writer.write(Buffer.from('d'));
  await expect.poll(() => received).toBe('abcd');
  expect(pieces).toBe(2);
});

test('what has to leave now does, and is not written again', async () => {
  const [ours, theirs] = await openPair();
  const writer = createTurnWriter(ours);
  writer.write(Buffer.from('last words'));
  writer.flush();
  ours.end();
  let received = '';
  for await (const bytes of theirs) received += String(bytes);
  expect(received).toBe('last words');
});

test('nothing is written to a socket that is gone', async () => {
  const [ours] = await openPair();
  const failures: Error[] = [];
  ours.on('error', (error) => failures.push(error));
  const writer = createTurnWriter(ours);
  ours.destroy();
  writer.write(Buffer.from('a'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual([]);
});
