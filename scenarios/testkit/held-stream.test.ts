import { expect, onTestFinished, test } from 'vitest';

import { startRehearsal, type RehearsalOptions } from './start-rehearsal.ts';

const text = 'Here is code:\n```js\nconst answer = 42;\n```\nThat is all there is to it.';

async function start(options: RehearsalOptions = {}) {
  const rehearsal = await startRehearsal({
    scenario: { behaviour: { text: { given: text } } },
    speed: 10,
    ...options,
  });
  onTestFinished(() => rehearsal.close());
  return rehearsal;
}

/** Sends a request, and reads its answer in the background. */
async function read(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const received = { status: response.status, body: '', end: undefined as string | undefined };
  const work = async () => {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body ?? []) {
        received.body += decoder.decode(bytes, { stream: true });
      }
      received.end = 'ended';
    } catch {
      received.end = 'broken';
    }
  };
  void work();
  return received;
}

const textIn = (body: string) =>
  [...body.matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)]
    .map(([, json = '""']) => JSON.parse(json) as string)
    .join('');

test('the next stream is held before its text, and played to exactly 40 characters', async () => {
  const rehearsal = await start();
  const opening = rehearsal.stream({ test: 't' });
  const received = await read(`${rehearsal.endpoint}?prompt=a&test=t`);
  const stream = await opening;
  expect(await stream.until({ chars: 40 })).toMatchObject({ chars: 40, isHeld: true, test: 't' });
  await expect.poll(() => textIn(received.body)).toBe(text.slice(0, 40));
  expect(await stream.step()).toMatchObject({ isHeld: true });
  await stream.release();
  await expect.poll(() => received.end).toBe('ended');
  expect(textIn(received.body)).toBe(text);
  expect(rehearsal.requests()).toMatchObject([{ id: stream.id, end: 'final' }]);
  await expect(stream.step()).rejects.toThrow('there is no open stream of this id');
});

test('a stream that the fault hold has stopped goes on by steps, with its pings or without', async () => {
  const rehearsal = await start();
  await rehearsal.next({ fault: { hold: { at: { chars: 20 }, pings: false } } });
  const received = await read(`${rehearsal.endpoint}?prompt=a`);
  const stream = await rehearsal.stream();
  await expect.poll(() => textIn(received.body)).toBe(text.slice(0, 20));
  await stream.step(2);
  await expect.poll(() => textIn(received.body).length).toBeGreaterThan(20);
  expect(rehearsal.requests()).toMatchObject([{ struckFaults: ['hold'], end: null }]);
  await stream.until('end');
  await expect.poll(() => textIn(received.body)).toBe(text);
  expect(received.body).not.toContain('"isFinal":true');
  await stream.step();
  await expect.poll(() => received.end).toBe('ended');
  expect(received.body).toContain('"isFinal":true');
});

test('a held stream fails with any fault of the agent', async () => {
  const rehearsal = await start();
  const opening = rehearsal.stream();
  const received = await read(`${rehearsal.endpoint}?prompt=a`);
  const stream = await opening;
  await stream.until({ chars: 10 });
  await expect(stream.fail('429')).rejects.toThrow('httpStatus is a fault of the wire');
  await expect(stream.until({ chars: 5 })).rejects.toThrow('the stream is past it');
  await stream.fail({ errorStatus: { status: 'UNAVAILABLE', details: 'gone' } });
  await expect.poll(() => received.end).toBe('ended');
  expect(textIn(received.body)).toBe(text.slice(0, 10));
  expect(received.body).toContain('"code":"AGENT_UNAVAILABLE"');
  expect(rehearsal.requests()).toMatchObject([{ end: 'AGENT_UNAVAILABLE', chars: 10 }]);
});

test.each([
  ['fin', 'broken'],
  ['reset', 'broken'],
  ['end', 'ended'],
] as const)('a held stream is cut by %s', async (by, end) => {
  const rehearsal = await start();
  const opening = rehearsal.stream();
  const received = await read(`${rehearsal.endpoint}?prompt=a`);
  const stream = await opening;
  await stream.until({ chars: 30 });
  await expect.poll(() => textIn(received.body)).toBe(text.slice(0, 30));
  await stream.cut(by);
  await expect.poll(() => received.end).toBe(end);
  expect(received.body).not.toContain('"isFinal":true');
  expect(rehearsal.requests()).toMatchObject([{ end: 'cut', endedBy: 'server' }]);
});

test('a step or a cut that cannot be is refused at once', async () => {
  const rehearsal = await start();
  await rehearsal.next({ fault: 'hold' });
  await read(`${rehearsal.endpoint}?prompt=a`);
  const stream = await rehearsal.stream();
  await expect(stream.step(0)).rejects.toThrow('step: must be a whole number from 1, not 0');
  // @ts-expect-error a test in JavaScript
  await expect(stream.step('x')).rejects.toThrow('must be a whole number from 1, not "x"');
  // @ts-expect-error a test in JavaScript
  const wrong = stream.cut('boom');
  await expect(wrong).rejects.toThrow('cut: must be one of fin, reset, end, not "boom"');
});

test('a stream that is not opened in time is an error', async () => {
  const rehearsal = await start();
  await expect(rehearsal.stream({ timeoutMs: 20 })).rejects.toThrow(
    'no stream was opened within 20 ms: no request came',
  );
  const received = await read(`${rehearsal.endpoint}?prompt=a`);
  await expect.poll(() => received.end).toBe('ended');
});

test('the error of a stream that was not opened names the requests that came instead', async () => {
  const rehearsal = await start({ timeoutMs: 3000 });
  const opening = rehearsal.stream({ test: 't' });
  const failure = opening.catch(String);
  const message =
    'no stream was opened within 3000 ms; these requests came: ' +
    '1 more, then POST /api/v1/ai/generate (names no test), ' +
    'GET /api/v1/ai/generate (of test "u"), ' +
    'GET /api/v1/ai/generate (400 INVALID_REQUEST), ' +
    'POST /v1/chat/completion (404 NOT_FOUND), ' +
    'GET /api/v1/ai/generate (429 RATE_LIMITED)';
  const post = (url: string) => fetch(url, { method: 'POST', body: '{}' });
  await post(`${rehearsal.url}/v1/nothing`);
  await post(rehearsal.endpoint);
  await (await fetch(`${rehearsal.endpoint}?prompt=a&test=u`)).text();
  await fetch(`${rehearsal.endpoint}?test=t`);
  await post(`${rehearsal.url}/v1/chat/completion`);
  await fetch(`${rehearsal.endpoint}?prompt=a&test=t&fault=429`);
  expect(await failure).toBe(`RehearsalError: ${message}`);
});

test('a reset and a close end the wait for a stream', async () => {
  const rehearsal = await startRehearsal();
  const waits = [rehearsal.stream({ test: 't' }), rehearsal.stream({ test: 'u' })].map((wait) =>
    wait.then(
      () => 'opened',
      (error: unknown) => String(error),
    ),
  );
  rehearsal.reset({ test: 't' });
  expect(await waits[0]).toContain('no stream was opened before the end');
  await rehearsal.close();
  expect(await waits[1]).toContain('no stream was opened before the end');
});

test('a client that leaves a held stream cancels the call of the agent', async () => {
  const rehearsal = await start();
  const leaving = new AbortController();
  const opening = rehearsal.stream();
  await read(`${rehearsal.endpoint}?prompt=a`, { signal: leaving.signal });
  const stream = await opening;
  await stream.until({ chars: 10 });
  leaving.abort();
  await expect.poll(() => rehearsal.requests()).toMatchObject([{ end: 'client-left' }]);
  await expect(stream.release()).rejects.toThrow('there is no open stream of this id');
});

test('in the formats of providers a tool call is held half written', async () => {
  const rehearsal = await start({
    scenario: {
      behaviour: {
        reasoning: { given: 'Hm, a city.' },
        toolCalls: [{ name: 'weather', arguments: { city: 'Lisbon' }, fragmentChars: 4 }],
        tokenChars: { min: 4, max: 4 },
      },
    },
  });
  const opening = rehearsal.stream();
  const received = await read(`${rehearsal.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"model": "m", "stream": true, "messages": [{"role": "user", "content": "a"}]}',
  });
  const stream = await opening;
  const argumentsIn = () =>
    [...received.body.matchAll(/"arguments":("(?:[^"\\]|\\.)*")/g)]
      .map(([, json = '""']) => JSON.parse(json) as string)
      .join('');
  await stream.step();
  await expect.poll(() => received.body).toContain('Hm,');
  for (let step = 0; step < 10 && argumentsIn() !== '{"city":'; step += 1) {
    const before = received.body;
    await stream.step();
    await expect.poll(() => received.body).not.toBe(before);
  }
  expect(argumentsIn()).toBe('{"city":');
  expect(rehearsal.requests()).toMatchObject([{ end: null, path: '/v1/chat/completions' }]);
  await stream.release();
  await expect.poll(() => received.end).toBe('ended');
  expect(argumentsIn()).toBe('{"city":"Lisbon"}');
});
