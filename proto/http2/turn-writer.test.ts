import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { createTurnWriter } from './turn-writer.ts';

/** Opens a connection; returns both ends. */
async function openPair(): Promise<[local: Socket, peer: Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const local = connect(port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => void server.close());
  onTestFinished(() => void local.destroy());
  onTestFinished(() => void peer.destroy());
  return [local, peer];
}

test('all writes of one turn are combined, in order', async () => {
  const [local, peer] = await openPair();
  let pieces = 0;
  const writer = createTurnWriter(local, () => {
    pieces += 1;
  });
  let received = '';
  peer.on('data', (bytes: Buffer) => {
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

test('flush writes at once, and nothing is written twice', async () => {
  const [local, peer] = await openPair();
  const writer = createTurnWriter(local);
  writer.write(Buffer.from('last words'));
  writer.flush();
  local.end();
  let received = '';
  for await (const bytes of peer) received += String(bytes);
  expect(received).toBe('last words');
});

test('nothing is written to a destroyed socket', async () => {
  const [local] = await openPair();
  const failures: Error[] = [];
  local.on('error', (error) => failures.push(error));
  const writer = createTurnWriter(local);
  local.destroy();
  writer.write(Buffer.from('a'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(failures).toEqual([]);
});
