import { expect, test } from 'vitest';

import { runLoad } from './run-load.ts';
import { countOutcomes, detailsOf, oneEach } from './testing/load-runs.ts';
import {
  chunk,
  goodStream,
  lastChunk,
  message,
  startRawServer,
  streamHead,
} from './testing/raw-server.ts';

test('streams that are open at the end of the window continue to their end', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString());
    setTimeout(() => socket.write(chunk(message('two', true)).toString() + lastChunk), 400);
  });
  const { samples, phases } = await runLoad({
    url: server.url,
    profile: oneEach(8, { thinkMs: 0, windowMs: 100 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: 8 });
  expect(phases.map(({ name }) => name)).toEqual(['ramp', 'warm-up', 'window', 'drain']);
  expect(phases[2]).toEqual({ name: 'window', startAtMs: 0, endAtMs: 100 });
  expect(phases[3]?.endAtMs).toBeGreaterThanOrEqual(400);
});

test('each slot starts at its time in the ramp, and the phase of a stream is that of its start', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(8, { rampMs: 400, warmUpMs: 100, windowMs: 100, thinkMs: 425 }),
  });
  const starts = samples.map(({ slot, phase, key, startAtMs }) => ({
    slot,
    phase,
    key,
    startAtMs,
  }));
  const first = starts.filter(({ key }) => key.endsWith('-0')).sort((a, b) => a.slot - b.slot);
  expect(first.map(({ startAtMs }) => startAtMs)).toEqual([0, 50, 100, 150, 200, 250, 300, 350]);
  expect(new Set(first.map(({ phase }) => phase))).toEqual(new Set(['ramp']));
  for (const { startAtMs, phase } of starts.filter(({ key }) => !key.endsWith('-0'))) {
    expect(phase).toBe(startAtMs < 500 ? 'warm-up' : 'window');
  }
});

test('an abort ends the load at once: open streams are censored, no other starts', async () => {
  const server = await startRawServer((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString());
    if (server.requests.length === 5) setTimeout(() => controller.abort(), 100);
  });
  const controller = new AbortController();
  const { samples, phases } = await runLoad({
    url: server.url,
    profile: oneEach(5, { windowMs: 600_000 }),
    signal: controller.signal,
  });
  expect(countOutcomes(samples)).toEqual({ censored: 5 });
  expect(detailsOf(samples)).toEqual(['the load was ended']);
  expect(samples.map(({ messages }) => messages)).toEqual([1, 1, 1, 1, 1]);
  expect(phases[2]?.endAtMs).toBeLessThan(600_000);
  await server.deserted();
});

test('an abort in the ramp starts no further slot', async () => {
  const controller = new AbortController();
  const server = await startRawServer((_, socket) => {
    goodStream(socket);
    controller.abort();
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(10, { rampMs: 600_000 }),
    signal: controller.signal,
  });
  expect(server.requests).toHaveLength(1);
  expect(samples).toHaveLength(1);
});

test('a load that is aborted before it begins sends nothing', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
  const { samples, client } = await runLoad({
    url: server.url,
    profile: oneEach(3),
    signal: AbortSignal.abort(),
  });
  expect(samples).toEqual([]);
  expect(server.connections()).toBe(0);
  expect(client).toEqual({ loopDelayMs: { p50: 0, p99: 0, max: 0 }, cpuCores: 0, rssMb: 0 });
});
