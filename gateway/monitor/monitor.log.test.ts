import { Metadata, status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';

import { keepLog } from '../testing/keep-log.ts';
import { endCall } from '../testing/scripted-agent.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

test('a stream is one line of the log, with what there is to know of it', async () => {
  const { log, entries } = keepLog('trace');
  const { endpoint } = await startBefore(sayHello, {}, log);
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

test('what the agent says of its stream is logged, and not what it was asked', async () => {
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
  );
  await (await post(`${endpoint}?scenario=calm&key=k`)).text();
  await expect
    .poll(entries)
    .toMatchObject([
      { scenario: 'stormy', key: 'k', cause: 'GENERATION_ERROR', firstChunkMs: null, messages: 0 },
    ]);
});

test('a refused request is a line with its code, and so is a client that did not wait', async () => {
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

test('neither a prompt nor an answer nor a token is ever logged or measured, whatever happens', async () => {
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
