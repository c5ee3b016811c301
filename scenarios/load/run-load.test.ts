import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

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
  refusingUrl,
  startRawServer,
  streamHead,
} from './testing/raw-server.ts';
import { startRawHttp2 } from './testing/raw-http2.ts';
import { startRawWebSockets } from './testing/raw-websocket.ts';

test('the request is the specified one', async () => {
  const server = await startRawServer((_, socket) => goodStream(socket));
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
  const server = await startRawServer((request, socket) => kindOf(request)?.answer(socket));
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

test('the last progress counts all samples', async () => {
  const server = await startRawServer(({ slot }, socket) =>
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

test('after a load over any transport nothing is left open and the process ends by itself', async () => {
  const isSilent = (slot: number) => slot % 4 === 3;
  const http = await startRawServer((request, socket) => {
    if (!isSilent(request.slot)) kindOf(request)?.answer(socket);
  });
  const webSockets = await startRawWebSockets(({ request, event, close }) => {
    if (!isSilent(request.slot)) event('message', { delta: 'all', isFinal: true });
    if (request.slot % 4 === 0) close(1000);
  });
  const http2 = await startRawHttp2((stream) => {
    if (isSilent(stream.onConnection)) return;
    stream.head(200);
    stream.data(message('all', true), stream.onConnection % 2 === 0);
  });
  const loads = [
    { url: http.url, request: {} },
    { url: http.url, request: { transport: 'get' } },
    { url: webSockets.url, request: { transport: 'websocket' } },
    { url: http2.url, request: {} },
  ];
  const probe = fileURLToPath(new URL('testing/leak-probe.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', probe, JSON.stringify(loads)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const results = JSON.parse(await text(child.stdout)) as { samples: number; left: string[] }[];
  expect(results).toMatchObject([
    { httpVersion: '1.1', left: [] },
    { httpVersion: '1.1', left: [] },
    { httpVersion: '1.1', left: [] },
    { httpVersion: '2', left: [] },
  ]);
  const [post = 0, get = 0, webSocket, overHttp2] = results.map(({ samples }) => samples);
  expect(http.requests).toHaveLength(post + get);
  expect(webSockets.requests).toHaveLength(webSocket ?? 0);
  expect(http2.streams).toHaveLength(overHttp2 ?? 0);
  await Promise.all([http.deserted(), webSockets.deserted(), http2.deserted()]);
});
