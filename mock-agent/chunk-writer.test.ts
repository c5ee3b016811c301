import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';

import {
  agentServiceDefinition,
  AgentServiceClient,
  type StreamChunk,
} from '../proto/agent-service.ts';
import { http2StreamOf, type Call } from './call.ts';
import { createChunkWriter, type Writing } from './chunk-writer.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close();
});

/** A call that the test answers, and what its client reads of it. */
async function openCall() {
  const server = new Server();
  const answering = new Promise<Call>((resolve) => {
    server.addService(agentServiceDefinition, { generateTextStream: resolve });
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  closers.push(() => server.forceShutdown());
  const client = new AgentServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
  closers.push(() => client.close());
  const reading = client.generateTextStream({ prompt: 'a', model: 'm' });
  reading.on('error', () => {});
  const call = await answering;
  call.sendMetadata(call.metadata);
  return { call, reading };
}

describe.each<Writing>(['beneath', 'as-stream'])('chunks written %s', (writing) => {
  test('arrive in order, then the end', async () => {
    const { call, reading } = await openCall();
    const seen: StreamChunk[] = [];
    let ended = false;
    reading.on('data', (chunk: StreamChunk) => seen.push(chunk));
    reading.once('end', () => {
      ended = true;
    });
    const writer = createChunkWriter(call, writing);
    for (const delta of ['a', '写', '']) writer.write({ atMs: 0, delta, isFinal: false });
    writer.write({ atMs: 0, delta: 'z', isFinal: true, error: 'no' });
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
    const { call, reading } = await openCall();
    const writer = createChunkWriter(call, writing);
    const delta = 'x'.repeat(10_000);
    let written = 0;
    let allWritten = false;
    const write = () => {
      while (written < 500) {
        written += 1;
        if (!writer.write({ atMs: 0, delta, isFinal: false })) {
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

test('chunks are not called written where the client has left', async () => {
  const { call, reading } = await openCall();
  const writer = createChunkWriter(call);
  let cancelled = false;
  let written = false;
  call.once('cancelled', () => {
    cancelled = true;
  });
  while (writer.write({ atMs: 0, delta: 'x'.repeat(100_000), isFinal: false }));
  writer.onceWritten(() => {
    written = true;
  });
  reading.cancel();
  await expect.poll(() => cancelled).toBe(true);
  writer.write({ atMs: 0, delta: 'late', isFinal: false });
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBe(false);
});

test('grpc-js is as it has to be to be gone beneath', async () => {
  const { call } = await openCall();
  expect(http2StreamOf(call)).toMatchObject({ writable: true, session: expect.anything() });
});
