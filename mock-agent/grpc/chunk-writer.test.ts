import { once } from 'node:events';

import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';

import {
  agentServiceDefinition,
  AgentServiceClient,
  type StreamChunk,
} from '../../proto/agent-service.ts';
import type { Call } from './call.ts';
import { createChunkWriter } from './chunk-writer.ts';
import { framedStreamOf, listen, type Listener } from './listen.ts';

type Writing = 'past the session' | 'as a stream';

/** How the server listens decides how the chunks of a call are written. */
const bindings: Record<Writing, (server: Server) => Promise<Pick<Listener, 'port' | 'close'>>> = {
  'past the session': (server) => listen(server, { host: '127.0.0.1', port: 0 }),
  'as a stream': (server) =>
    new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve({ port, close() {} }) : reject(error),
      );
    }),
};

/** Opens a call: the agent's side, and the client's stream. */
async function openCall(writing: Writing = 'past the session') {
  const server = new Server();
  const receivedCall = new Promise<Call>((resolve) => {
    server.addService(agentServiceDefinition, { generateTextStream: resolve });
  });
  const { port, close } = await bindings[writing](server);
  onTestFinished(close);
  onTestFinished(() => server.forceShutdown());
  const client = new AgentServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const clientStream = client.generateTextStream({ prompt: 'a', model: 'm' });
  clientStream.on('error', () => {});
  const call = await receivedCall;
  call.sendMetadata(call.metadata);
  return { call, clientStream };
}

describe.each<Writing>(['past the session', 'as a stream'])('chunks written %s', (writing) => {
  test('arrive in order, before the end', async () => {
    const { call, clientStream } = await openCall(writing);
    const received: StreamChunk[] = [];
    let ended = false;
    clientStream.on('data', (chunk: StreamChunk) => received.push(chunk));
    clientStream.once('end', () => {
      ended = true;
    });
    const writer = createChunkWriter(call);
    for (const delta of ['a', '写', '']) writer.write({ delta, isFinal: false });
    writer.write({ delta: 'z', isFinal: true, error: 'no' });
    writer.onceWritten(() => call.end());
    await expect.poll(() => ended).toBe(true);
    expect(received).toEqual([
      { delta: 'a', isFinal: false, error: '' },
      { delta: '写', isFinal: false, error: '' },
      { delta: '', isFinal: false, error: '' },
      { delta: 'z', isFinal: true, error: 'no' },
    ]);
  });

  test('pause for a client that does not read, and continue when it does', async () => {
    const { call, clientStream } = await openCall(writing);
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
    let receivedCount = 0;
    clientStream.on('data', () => {
      receivedCount += 1;
      // Before a client starts to read, grpc-js applies no back-pressure.
      if (receivedCount === 1) clientStream.pause();
    });
    write();
    await expect.poll(() => receivedCount).toBe(1);
    let previousCount = -1;
    await expect
      .poll(() => {
        const isStable = written === previousCount;
        previousCount = written;
        return isStable;
      })
      .toBe(true);
    expect(written).toBeLessThan(100);
    expect(allWritten).toBe(false);
    clientStream.resume();
    await expect.poll(() => allWritten).toBe(true);
    await expect.poll(() => receivedCount).toBe(500);
  });
});

test('a long chunk is encoded as its client reads it, and arrives complete', async () => {
  const { call, clientStream } = await openCall();
  const long = { delta: `x${'😀'.repeat(500_000)}`, isFinal: true, error: 'no' };
  const writer = createChunkWriter(call, true);
  const baseBytes = process.memoryUsage().arrayBuffers;
  expect(writer.write({ delta: 'a' })).toBe(true);
  let isDrained = false;
  expect(writer.write(long)).toBe(false);
  // The encoded message has two megabytes.
  expect(process.memoryUsage().arrayBuffers - baseBytes).toBeLessThan(500_000);
  writer.onceDrained(() => {
    isDrained = true;
    writer.write({ delta: 'z' });
    writer.onceWritten(() => call.end());
  });
  const received: StreamChunk[] = [];
  clientStream.on('data', (chunk: StreamChunk) => received.push(chunk));
  await once(clientStream, 'end');
  expect(isDrained).toBe(true);
  expect(received.map(({ delta }) => delta)).toEqual(['a', long.delta, 'z']);
  expect(received[1]).toEqual(long);
});

test('onceWritten never calls back if the client has cancelled', async () => {
  const { call, clientStream } = await openCall();
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
  clientStream.cancel();
  await expect.poll(() => cancelled).toBe(true);
  writer.write({ delta: 'late', isFinal: false });
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBe(false);
});

test('grpc-js has the internals that writing past it relies on', async () => {
  const past = await openCall('past the session');
  expect(framedStreamOf(past.call)).toBeDefined();
  const plain = await openCall('as a stream');
  expect(framedStreamOf(plain.call)).toBeUndefined();
});
