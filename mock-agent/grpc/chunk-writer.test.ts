import { once } from 'node:events';

import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';

import {
  agentServiceDefinition,
  AgentServiceClient,
  type StreamChunk,
} from '../../proto/agent-service.ts';
import type { Call } from './call.ts';
import { createChunkWriter } from './chunk-writer.ts';
import { framedStreamOf, listen, type Listener } from './listen.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close();
});

type Writing = 'past the session' | 'as a stream';

/** How its server listens decides how a call can be written. */
const bindings: Record<Writing, (server: Server) => Promise<Pick<Listener, 'port' | 'close'>>> = {
  'past the session': (server) => listen(server, '127.0.0.1', 0),
  'as a stream': (server) =>
    new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve({ port, close() {} }) : reject(error),
      );
    }),
};

/** A call that the test answers, and what its client reads of it. */
async function openCall(writing: Writing = 'past the session') {
  const server = new Server();
  const answering = new Promise<Call>((resolve) => {
    server.addService(agentServiceDefinition, { generateTextStream: resolve });
  });
  const { port, close } = await bindings[writing](server);
  closers.push(close, () => server.forceShutdown());
  const client = new AgentServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  closers.push(() => client.close());
  const reading = client.generateTextStream({ prompt: 'a', model: 'm' });
  reading.on('error', () => {});
  const call = await answering;
  call.sendMetadata(call.metadata);
  return { call, reading };
}

describe.each<Writing>(['past the session', 'as a stream'])('chunks written %s', (writing) => {
  test('arrive in order, then the end', async () => {
    const { call, reading } = await openCall(writing);
    const seen: StreamChunk[] = [];
    let ended = false;
    reading.on('data', (chunk: StreamChunk) => seen.push(chunk));
    reading.once('end', () => {
      ended = true;
    });
    const writer = createChunkWriter(call);
    for (const delta of ['a', '写', '']) writer.write({ delta, isFinal: false });
    writer.write({ delta: 'z', isFinal: true, error: 'no' });
    writer.onceWritten(() => call.end());
    await expect.poll(() => ended).toBe(true);
    expect(seen).toEqual([
      { delta: 'a', isFinal: false, error: '' },
      { delta: '写', isFinal: false, error: '' },
      { delta: '', isFinal: false, error: '' },
      { delta: 'z', isFinal: true, error: 'no' },
    ]);
  });

  test('stop for a client that does not read, and go on when it does', async () => {
    const { call, reading } = await openCall(writing);
    const writer = createChunkWriter(call);
    const delta = 'x'.repeat(10_000);
    let written = 0;
    let allWritten = false;
    const write = () => {
      while (written < 500) {
        written += 1;
        if (!writer.write({ delta, isFinal: false })) {
          writer.onceDrained(write);
          return;
        }
      }
      writer.onceWritten(() => {
        allWritten = true;
        call.end();
      });
    };
    let received = 0;
    reading.on('data', () => {
      received += 1;
      // Whoever has not begun to read is sent everything by grpc-js.
      if (received === 1) reading.pause();
    });
    write();
    await expect.poll(() => received).toBe(1);
    let before = -1;
    await expect
      .poll(() => {
        const stands = written === before;
        before = written;
        return stands;
      })
      .toBe(true);
    expect(written).toBeLessThan(100);
    expect(allWritten).toBe(false);
    reading.resume();
    await expect.poll(() => allWritten, { timeout: 5000 }).toBe(true);
    await expect.poll(() => received).toBe(500);
  });
});

test('a long chunk is encoded as its client reads it, and arrives whole', async () => {
  const { call, reading } = await openCall();
  const long = { delta: `x${'😀'.repeat(500_000)}`, isFinal: true, error: 'no' };
  const writer = createChunkWriter(call, true);
  const before = process.memoryUsage().arrayBuffers;
  expect(writer.write({ delta: 'a' })).toBe(true);
  let isDrained = false;
  expect(writer.write(long)).toBe(false);
  // The whole message has two megabytes.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500_000);
  writer.onceDrained(() => {
    isDrained = true;
    writer.write({ delta: 'z' });
    writer.onceWritten(() => call.end());
  });
  const seen: StreamChunk[] = [];
  reading.on('data', (chunk: StreamChunk) => seen.push(chunk));
  await once(reading, 'end');
  expect(isDrained).toBe(true);
  expect(seen.map(({ delta }) => delta)).toEqual(['a', long.delta, 'z']);
  expect(seen[1]).toEqual(long);
});

test('chunks are not called written where the client has left', async () => {
  const { call, reading } = await openCall();
  const writer = createChunkWriter(call);
  let cancelled = false;
  let written = false;
  call.once('cancelled', () => {
    cancelled = true;
  });
  while (writer.write({ delta: 'x'.repeat(100_000), isFinal: false }));
  writer.onceWritten(() => {
    written = true;
  });
  reading.cancel();
  await expect.poll(() => cancelled).toBe(true);
  writer.write({ delta: 'late', isFinal: false });
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBe(false);
});

test('grpc-js is as it has to be for frames to be written past it', async () => {
  const past = await openCall('past the session');
  expect(framedStreamOf(past.call)).toBeDefined();
  const plain = await openCall('as a stream');
  expect(framedStreamOf(plain.call)).toBeUndefined();
});
