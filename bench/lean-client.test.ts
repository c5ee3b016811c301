import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { startFloor } from './floor-server.ts';
import { createLeanClient, type LeanClient } from './lean-client.ts';

const dialect = { path: '/', body: '{}', before: '"delta":"' };

const schedule = { firstMs: 20, intervalMs: 5, words: 10 };

function openTo(port: number, streams: number): LeanClient {
  const client = createLeanClient({ port, wire: 'plain', dialect, schedule });
  onTestFinished(client.close);
  client.measure();
  for (let opened = 0; opened < streams; opened += 1) client.open();
  return client;
}

test('the client counts every word of the floor server, and none is early', async () => {
  const floor = await startFloor(schedule, 0);
  onTestFinished(floor.close);
  const client = openTo(floor.port, 20);
  let words = 0;
  let events = 0;
  await expect
    .poll(() => {
      const taken = client.take();
      client.measure();
      events += taken.events;
      for (const lateMs of taken.latenessMs) expect(lateMs).toBeGreaterThan(-1);
      return (words += taken.words);
    })
    .toBe(200);
  expect(events).toBe(200);
  expect(client.firstLatenessMs).toHaveLength(20);
  expect(client.broken()).toBe(0);
});

/** Starts a server that writes these pieces and ends the connection. */
async function serve(pieces: readonly string[]): Promise<number> {
  const server = createServer((socket) => {
    socket.once('data', () => {
      const write = (index: number) => {
        const piece = pieces[index];
        if (piece === undefined) socket.end();
        else socket.write(piece, () => setImmediate(() => write(index + 1)));
      };
      write(0);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('drift is the lateness beyond that of the first word of the stream', async () => {
  const floor = await startFloor({ ...schedule, firstMs: 300 }, 0);
  onTestFinished(floor.close);
  const client = openTo(floor.port, 1);
  const seen: { latenessMs: number[]; driftMs: number[] } = { latenessMs: [], driftMs: [] };
  await expect
    .poll(() => {
      const { latenessMs, driftMs } = client.take();
      client.measure();
      seen.latenessMs.push(...latenessMs);
      return seen.driftMs.push(...driftMs);
    })
    .toBe(10);
  const [firstMs = Number.NaN] = client.firstLatenessMs;
  expect(firstMs).toBeGreaterThan(279);
  expect(seen.driftMs).toEqual(seen.latenessMs.map((lateMs) => lateMs - firstMs));
});

test('counts text by its length across reads, and an early end as a broken stream', async () => {
  const port = await serve([
    'data: {"delta":"loremlorem"}\n\ndata: {"del',
    'ta":"lorem"}\n\ndata: {"delta":"lor',
    'em"}\n\ndata: {"delta":""}\n\n',
  ]);
  const client = openTo(port, 1);
  await expect.poll(() => client.broken()).toBe(1);
  expect(client.take()).toMatchObject({ events: 3, words: 4 });
});
