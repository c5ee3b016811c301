import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { sessionConnection } from './session-connection.ts';
import { createTurnWriter } from './turn-writer.ts';

/** Returns a socket whose peer sends a text and closes. */
async function closedAfter(text: string): Promise<Socket> {
  const server = createServer((peer) => peer.end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return connect((server.address() as AddressInfo).port, '127.0.0.1');
}

test('a session gets all that its peer has sent before it closed, however slowly it reads', async () => {
  const text = 'the status of a stream';
  const socket = await closedAfter(text);
  const { connection, deliver } = sessionConnection(socket, createTurnWriter(socket), {
    incoming(bytes) {
      for (const byte of bytes) deliver(Buffer.from([byte]));
    },
    outgoing: () => undefined,
  });
  let received = '';
  connection.on('data', (bytes: Buffer) => {
    received += bytes.toString();
    connection.pause();
    setImmediate(() => connection.resume());
  });
  await once(connection, 'close');
  expect(received).toBe(text);
});
