import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterEach, expect, test } from 'vitest';

import type { Outcome } from '../../reports/sample.ts';
import { type LoadProgress, runLoad } from './run-load.ts';
import { countOutcomes, detailsOf, oneEach } from './testing/load-runs.ts';
import {
  chunk,
  endlessHead,
  errorEvent,
  goodStream,
  lastChunk,
  message,
  plainAnswer,
  type RawRequest,
  type RawServer,
  refusingUrl,
  startRawServer,
  streamHead,
} from './testing/raw-server.ts';

let server: RawServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

test('the request is the specified one', async () => {
  server = await startRawServer((_, socket) => goodStream(socket));
  const profile = oneEach(1);
  await runLoad({ url: `${server.url}?a=b`, profile, headers: { 'X-Rehearsal-Seed': '7' } });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/api/v1/ai/generate?a=b',
    body: '{"prompt":"写一段500字的故事","model":"gpt-4","stream":true}',
    headers: {
      host: new URL(server.url).host,
      accept: 'text/event-stream',
      authorization: 'Bearer rehearsal',
      'content-type': 'application/json',
      'x-rehearsal-key': 'load-0-0',
      'x-rehearsal-seed': '7',
    },
  });
});

test('a closed port refuses every stream', async () => {
  const { samples } = await runLoad({ url: await refusingUrl(), profile: oneEach(6) });
  expect(countOutcomes(samples)).toEqual({ refused: 6 });
  expect(detailsOf(samples)).toEqual(['ECONNREFUSED']);
  expect(samples.map(({ status }) => status)).toEqual(Array(6).fill(null));
});

test('requests to a server that refuses back off', async () => {
  const { samples, phases } = await runLoad({
    url: await refusingUrl(),
    profile: oneEach(4, { thinkMs: 0, windowMs: 1400 }),
  });
  // After 0, 100, 300 and 700 ms; the next would be after 1500 ms.
  expect(countOutcomes(samples)).toEqual({ refused: 16 });
  // The window lasts its full time although no further stream is due.
  expect(phases).toContainEqual({ name: 'window', startAtMs: 0, endAtMs: 1400 });
});

test('a slot runs its streams one after another over one connection', async () => {
  server = await startRawServer((_, socket) => goodStream(socket));
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 20, windowMs: 1500 }),
  });
  expect(server.connections()).toBe(2);
  expect(samples).toHaveLength(server.requests.length);
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(new Set(samples.map(({ key }) => key))).toEqual(
    new Set(server.requests.map(({ headers }) => headers['x-rehearsal-key'])),
  );
  expect(samples.length).toBeGreaterThan(4);
  for (const slot of [0, 1]) {
    const ofSlot = samples.filter((sample) => sample.slot === slot);
    expect(ofSlot.map(({ key }) => key)).toEqual(ofSlot.map((_, n) => `load-${slot}-${n}`));
    const pauses = ofSlot
      .slice(1)
      .map(
        ({ startAtMs }, n) =>
          startAtMs - (ofSlot[n]?.startAtMs ?? 0) - (ofSlot[n]?.durationMs ?? 0),
      );
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(20);
  }
});

test('a connection that the response closes is not reused', async () => {
  server = await startRawServer((_, socket) => {
    socket.write(streamHead.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    socket.end(chunk(message('all', true)).toString() + lastChunk);
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 0, windowMs: 300 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.requests).toHaveLength(samples.length);
  expect(server.connections()).toBe(samples.length);
});

test('a connection that is closed while idle costs no stream', async () => {
  server = await startRawServer((_, socket) => {
    goodStream(socket);
    setTimeout(() => socket.end(), 20);
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 300, windowMs: 1000 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.requests).toHaveLength(samples.length);
  expect(server.connections()).toBe(samples.length);
});

test('an unrequested response is not taken for the next one', async () => {
  server = await startRawServer((_, socket) => {
    goodStream(socket);
    socket.write(plainAnswer(408, 'text/plain', 'too late'));
  });
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(2, { thinkMs: 50, windowMs: 400 }),
  });
  expect(countOutcomes(samples)).toEqual({ completed: samples.length });
  expect(server.connections()).toBe(samples.length);
});

type Answer = (socket: Socket) => void;

const kinds: { outcome: Outcome; answer: Answer }[] = [
  { outcome: 'completed', answer: goodStream },
  { outcome: 'completed', answer: (s) => s.end(endlessHead + message('all', true)) },
  { outcome: 'reset', answer: (s) => s.write(streamHead, () => s.resetAndDestroy()) },
  { outcome: 'cut', answer: (s) => s.end(`${streamHead}${chunk(message('half')).toString()}`) },
  { outcome: 'cut', answer: (s) => s.end(`${endlessHead}${message('half')}data: {"del`) },
  {
    outcome: 'failed',
    answer: (s) => s.write(streamHead + chunk(errorEvent).toString() + lastChunk),
  },
  { outcome: 'rejected', answer: (s) => s.write(plainAnswer(429, 'application/json', '{}')) },
  {
    outcome: 'malformed',
    answer: (s) => s.write(streamHead + chunk('data: [DONE]\n\n').toString()),
  },
];

/** Two of three streams complete; the third of each slot fails in another way each time. */
function kindOf({ slot, n }: Pick<RawRequest, 'slot' | 'n'>): (typeof kinds)[number] | undefined {
  return n % 3 === 2 ? kinds[(slot + Math.floor(n / 3)) % kinds.length] : kinds[0];
}

test('in a mixture of all outcomes each stream has the one that the server gave it', async () => {
  server = await startRawServer((request, socket) => kindOf(request)?.answer(socket));
  const { samples } = await runLoad({
    url: server.url,
    profile: oneEach(48, { thinkMs: 0, windowMs: 1500 }),
  });
  expect(samples.length).toBeGreaterThanOrEqual(144);
  expect(samples).toHaveLength(server.requests.length);
  expect(new Set(samples.map(({ key }) => key)).size).toBe(samples.length);

  const expected = Object.fromEntries(
    server.requests.map((request) => [
      `load-${request.slot}-${request.n}`,
      kindOf(request)?.outcome,
    ]),
  );
  expect(Object.fromEntries(samples.map(({ key, outcome }) => [key, outcome]))).toEqual(expected);
  expect(Object.keys(countOutcomes(samples)).sort()).toEqual([
    'completed',
    'cut',
    'failed',
    'malformed',
    'rejected',
    'reset',
  ]);
});

test('streams that are open at the end of the window continue to their end', async () => {
  server = await startRawServer((_, socket) => {
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
  server = await startRawServer((_, socket) => goodStream(socket));
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
  server = await startRawServer((_, socket) => {
    socket.write(streamHead + chunk(message('one')).toString());
    if (server?.requests.length === 5) setTimeout(() => controller.abort(), 100);
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
  server = await startRawServer((_, socket) => {
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
  server = await startRawServer((_, socket) => goodStream(socket));
  const { samples, client } = await runLoad({
    url: server.url,
    profile: oneEach(3),
    signal: AbortSignal.abort(),
  });
  expect(samples).toEqual([]);
  expect(server.connections()).toBe(0);
  expect(client).toEqual({ loopDelayMs: { p50: 0, p99: 0, max: 0 }, cpuCores: 0, rssMb: 0 });
});

test('the last progress counts all samples', async () => {
  server = await startRawServer(({ slot }, socket) =>
    slot === 0 ? socket.resetAndDestroy() : goodStream(socket),
  );
  const reported: LoadProgress[] = [];
  const { client } = await runLoad({
    url: server.url,
    profile: oneEach(3, { windowMs: 200 }),
    onProgress: (progress) => reported.push(progress),
  });
  expect(reported.at(-1)).toMatchObject({
    open: 0,
    started: 3,
    ended: 3,
    failed: 1,
    totalSec: 0.2,
  });
  expect(client.rssMb).toBeGreaterThan(0);
});

test('a URL that is not HTTP, and a header with a line end, are refused', async () => {
  const profile = oneEach(1);
  await expect(runLoad({ url: 'ws://127.0.0.1/', profile })).rejects.toThrow(TypeError);
  const headers = { 'x-rehearsal-scenario': 'a\r\nx: b' };
  await expect(runLoad({ url: 'http://127.0.0.1/', profile, headers })).rejects.toThrow(TypeError);
});

test('after a load nothing is left open and the process ends by itself', async () => {
  server = await startRawServer((request, socket) => {
    if (request.slot % 4 !== 3) kindOf(request)?.answer(socket);
  });
  const probe = fileURLToPath(new URL('testing/leak-probe.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', probe, server.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: unknown = JSON.parse(await text(child.stdout));
  expect(printed).toEqual({ samples: server.requests.length, left: [] });
  await server.deserted();
});
