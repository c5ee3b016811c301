import { expect, test } from 'vitest';

import { loadSchema } from './profile/profile.ts';
import { runLoad } from './run-load.ts';
import { countOutcomes } from './testing/load-runs.ts';
import {
  chunk,
  goodStream,
  lastChunk,
  message,
  startRawServer,
  streamHead,
} from './testing/raw-server.ts';

const open = (perSecond: number, window: string, law = 'constant') =>
  loadSchema.parse({ arrivals: { perSecond, law }, ramp: '0s', warmUp: '0s', window });

test('arrivals start when they are due, whatever the state of earlier ones', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString());
    setTimeout(() => socket.write(chunk(message('two', true)).toString() + lastChunk), 300);
  });
  const { samples, droppedAtMs } = await runLoad({ url: server.url, profile: open(50, '400ms') });
  await server.deserted();
  const byStart = samples.toSorted((a, b) => a.startAtMs - b.startAtMs);
  expect(byStart.map(({ startAtMs }) => startAtMs)).toEqual(
    Array.from({ length: 20 }, (_, n) => n * 20),
  );
  expect(byStart.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, n) => `load-${n}`));
  expect(countOutcomes(samples)).toEqual({ completed: 20 });
  expect(droppedAtMs).toEqual([]);
  // Each lasts 300 ms: at least fifteen were open at once, and some connections served twice.
  expect(server.connections()).toBeGreaterThanOrEqual(15);
  expect(server.requests).toHaveLength(20);
});

test('an idle connection is reused', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const { samples } = await runLoad({ url: server.url, profile: open(20, '500ms') });
  expect(countOutcomes(samples)).toEqual({ completed: 10 });
  expect(server.connections()).toBeLessThan(10);
});

test('Poisson arrivals have the same times with the same seed, and others with another', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const { url } = server;
  const startsOf = async (seed: number) => {
    const { samples } = await runLoad({ url, profile: open(50, '300ms', 'poisson'), seed });
    return samples.map(({ startAtMs }) => startAtMs).toSorted((a, b) => a - b);
  };
  const first = await startsOf(1);
  expect(first.length).toBeGreaterThan(3);
  expect(await startsOf(1)).toEqual(first);
  expect(await startsOf(2)).not.toEqual(first);
});

test('an abort ends an open load at once', async () => {
  const controller = new AbortController();
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString());
    if (server.requests.length === 5) setTimeout(() => controller.abort(), 20);
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: open(100, '10m'),
    signal: controller.signal,
  });
  await server.deserted();
  // The server may not have read requests of the last moment.
  expect(samples.length).toBeGreaterThanOrEqual(5);
  expect(countOutcomes(samples)).toEqual({ censored: samples.length });
});

test('stages raise and lower the number of running slots, and all streams are judged', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString());
    setTimeout(() => socket.write(chunk(message('two', true)).toString() + lastChunk), 20);
  });
  const stages = [
    { over: '0s', to: 4 },
    { over: '200ms', to: 4 },
    { over: '0s', to: 1 },
    { over: '300ms', to: 1 },
    { over: '0s', to: 3 },
    { over: '200ms', to: 3 },
  ];
  const { samples, phases } = await runLoad({
    url: server.url,
    profile: loadSchema.parse({ stages }),
  });
  expect(new Set(samples.map(({ phase }) => phase))).toEqual(new Set(['window']));
  expect(phases[2]).toEqual({ name: 'window', startAtMs: 0, endAtMs: 700 });
  const slotsFrom = (fromMs: number, toMs: number) =>
    new Set(
      samples
        .filter(({ startAtMs }) => startAtMs >= fromMs && startAtMs < toMs)
        .map(({ slot }) => slot),
    );
  expect(slotsFrom(0, 200)).toEqual(new Set([0, 1, 2, 3]));
  expect(slotsFrom(200, 500)).toEqual(new Set([0]));
  expect(slotsFrom(500, 700)).toEqual(new Set([0, 1, 2]));
});

test('the client leaves streams after so many messages; seed and key alone decide which', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead);
    const pieces = ['a', 'b', 'c', 'd'].map((text) => chunk(message(text, text === 'd')));
    // One after the other, since timers of different lengths may fire in another order on a busy machine.
    const writeNext = () => {
      const piece = pieces.shift();
      socket.write(piece ?? lastChunk);
      if (piece !== undefined) setTimeout(writeNext, 40);
    };
    setTimeout(writeNext, 40);
  });
  const { url } = server;
  const profile = loadSchema.parse({
    arrivals: { perSecond: 100, law: 'constant' },
    ramp: '0s',
    warmUp: '0s',
    window: '400ms',
    leave: { after: { chunks: 2 }, probability: '30%' },
  });
  const leftOf = async (seed: number) => {
    const { samples } = await runLoad({ url, profile, seed });
    const left = samples.filter(({ outcome }) => outcome === 'left');
    expect(countOutcomes(samples)).toEqual({ left: left.length, completed: 40 - left.length });
    for (const { arrivals, detail } of left) {
      expect(arrivals).toHaveLength(2);
      expect(detail).toBe('after 2 messages');
    }
    return left.map(({ key }) => key).toSorted();
  };
  const first = await leftOf(1);
  expect(first.length).toBeGreaterThan(5);
  expect(first.length).toBeLessThan(20);
  expect(await leftOf(1)).toEqual(first);
  expect(await leftOf(2)).not.toEqual(first);
  await server.deserted();
});

test('a stream that ends before the client would leave keeps its own end', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const leave = { after: { chunks: 5 } };
  const profile = loadSchema.parse({
    arrivals: { perSecond: 20 },
    ramp: '0s',
    window: '200ms',
    warmUp: '0s',
    leave,
  });
  const { samples } = await runLoad({ url: server.url, profile });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
});

// Once more where the machine stands still for a second, which is a stall of every reader.
test(
  'a slow reader reads at most its bytes per second, and does not stall',
  { retry: 2 },
  async () => {
    const body = message('x'.repeat(10_000)).repeat(40) + message('', true);
    const server = await startRawServer((_, socket) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk(body), Buffer.from(lastChunk)]));
    });
    const profile = loadSchema.parse({
      arrivals: { perSecond: 100, law: 'constant' },
      ramp: '0s',
      warmUp: '0s',
      window: '400ms',
      idleLimit: '1s',
      readSlowly: { bytesPerSec: 50_000, probability: '20%' },
    });
    const { samples } = await runLoad({ url: server.url, profile });
    expect(countOutcomes(samples)).toEqual({ completed: 40 });
    const slow = samples.filter(({ readSlowly }) => readSlowly);
    expect(slow.length).toBeGreaterThan(2);
    expect(slow.length).toBeLessThan(15);
    for (const { durationMs, arrivals } of slow) {
      // Each read but the last was followed by its pause, and one read has at most 64 KiB.
      expect(durationMs).toBeGreaterThan(((body.length - 65_536) / 50_000) * 1000 - 5);
      expect(arrivals.at(-1)?.bytes).toBeGreaterThan(400_000);
    }
    await server.deserted();
  },
);

test.each([{ streams: 4 }, { arrivals: { perSecond: 200 } }])(
  'a load with total starts exactly so many streams, all judged, with the same keys: %o',
  async (load) => {
    const server = await startRawServer((_, socket) => goodStream(socket));
    const profile = loadSchema.parse({ ...load, total: 25, ramp: '50ms' });
    const { samples, phases } = await runLoad({ url: server.url, profile });
    await server.deserted();
    expect(server.requests).toHaveLength(25);
    expect(countOutcomes(samples)).toEqual({ completed: 25 });
    expect(new Set(samples.map(({ phase }) => phase))).toEqual(new Set(['window']));
    expect(samples.map(({ key }) => key).toSorted()).toEqual(
      Array.from({ length: 25 }, (_, n) => `load-${n}`).toSorted(),
    );
    const lastStartMs = Math.max(...samples.map(({ startAtMs }) => startAtMs));
    expect(phases[2]?.startAtMs).toBe(0);
    expect(phases[2]?.endAtMs).toBeGreaterThanOrEqual(lastStartMs);
    expect(phases[2]?.endAtMs).toBeLessThan(60_000);
  },
);
