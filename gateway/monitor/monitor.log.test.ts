import { once } from 'node:events';

import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import type { LabelStream } from './monitor.ts';
import { dial } from '../testing/dial.ts';
import { keepLog } from '../testing/keep-log.ts';
import { endCall } from '../testing/scripted-agent.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

/** As a program gives it with its hooks. */
const labels: LabelStream = (requested, accepted) => {
  const labelOf = (name: string) => (accepted?.get(name)[0] ?? requested?.get(name)[0])?.toString();
  return { scenario: labelOf('x-rehearsal-scenario'), key: labelOf('x-rehearsal-key') };
};

test('a stream writes one log line, with the labels of the hooks', async () => {
  const { log, entries } = keepLog('trace');
  const { endpoint } = await startBefore(sayHello, {}, log, { labels });
  await (await post(`${endpoint}?scenario=calm`, undefined, { 'x-rehearsal-key': 'k' })).text();
  await expect.poll(entries).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      pid: process.pid,
      hostname: expect.any(String),
      msg: 'stream',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scenario: 'calm',
      key: 'k',
      cause: 'completed',
      firstChunkMs: expect.any(Number),
      intervalMs: expect.any(Number),
      durationMs: expect.any(Number),
      chunks: 2,
      messages: 2,
    },
  ]);
});

test('the log line contains the agent’s metadata of the stream, not the request’s', async () => {
  const { log, entries } = keepLog('trace');
  const { endpoint } = await startBefore(
    (call) => {
      const metadata = new Metadata();
      metadata.set('x-rehearsal-scenario', 'stormy');
      call.sendMetadata(metadata);
      call.write({ error: 'boom' });
      call.end();
    },
    {},
    log,
    { labels },
  );
  await (await post(`${endpoint}?scenario=calm&key=k`)).text();
  await expect
    .poll(entries)
    .toMatchObject([
      { scenario: 'stormy', key: 'k', cause: 'GENERATION_ERROR', firstChunkMs: null, messages: 0 },
    ]);
});

test('a refused request writes a log line with its code, as does a client that leaves before', async () => {
  const { log, entries } = keepLog('trace');
  const { endpoint } = await startBefore(() => {}, { acceptWaitMs: 60_000 }, log);
  expect((await post(endpoint, {})).status).toBe(400);
  const leaving = new AbortController();
  const left = fetch(`${endpoint}?prompt=a`, { signal: leaving.signal }).catch(() => {});
  setTimeout(() => leaving.abort(), 100);
  await left;
  await expect.poll(entries).toMatchObject([
    {
      msg: 'refused',
      cause: 'INVALID_REQUEST',
      status: 400,
      method: 'POST',
      path: '/api/v1/ai/generate',
      details: 'prompt: is required',
    },
    { msg: 'refused', cause: 'client-left' },
  ]);
});

test('a client that leaves while its body arrives is in the log and in the metrics', async () => {
  const { log, entries } = keepLog('info');
  const { url } = await startBefore(sayHello, {}, log);
  const socket = await dial(url);
  const head = 'POST /api/v1/ai/generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  socket.write(`${head}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
  // The gateway waits for the body from here on.
  await once(socket, 'data');
  socket.write('{"prompt":');
  socket.destroy();
  await expect.poll(entries).toMatchObject([{ msg: 'refused', cause: 'client-left' }]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('rehearsal_gateway_requests_total{answer="client-left"} 1');
});

test('prompts, responses and tokens never appear in the log or the metrics', async () => {
  const { log, lines } = keepLog('trace');
  const { url, endpoint, close } = await startBefore(
    (call) => {
      const { prompt } = call.request;
      if (prompt.startsWith('refuse')) {
        endCall(call, status.INVALID_ARGUMENT, `no answer to ${prompt}`);
        return;
      }
      call.write({ delta: `hush-answer to ${prompt}` });
      if (prompt.startsWith('stay')) return;
      if (prompt.startsWith('fail')) endCall(call, status.UNKNOWN, `cannot say ${prompt}`);
      else call.end();
    },
    { auth: ['hush-token'] },
    log,
  );
  const headers = { Authorization: 'Bearer hush-token' };
  for (const what of ['say', 'fail', 'refuse']) {
    const prompt = `${what} hush-prompt`;
    await (await post(endpoint, { prompt, model: 'hush-model' }, headers)).text();
    const query = `prompt=${encodeURIComponent(prompt)}&token=hush-token`;
    await (await fetch(`${endpoint}?${query}`)).text();
  }
  await (await post(endpoint, '{"prompt":"hush-prompt', headers)).text();
  await (await fetch(`${url}/no-such-path?token=hush-token`, { headers })).text();
  const wrong = await post(endpoint, undefined, { Authorization: 'Bearer hush-wrong' });
  expect(wrong.status).toBe(401);
  const leaving = new AbortController();
  await post(`${endpoint}?token=hush-token`, { prompt: 'stay hush-prompt' }, headers);
  await fetch(`${endpoint}?prompt=stay+hush-prompt&token=hush-token`, { signal: leaving.signal });
  leaving.abort();
  await expect.poll(() => lines.length).toBe(10);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const states = await (await fetch(`${url}/status`)).text();
  await close();
  expect(lines).toHaveLength(11);
  expect(lines.join('') + metrics + states).not.toContain('hush');
});
