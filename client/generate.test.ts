import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, expect, onTestFinished, test, vi } from 'vitest';

import { generate, GenerateError, type GenerateOptions } from './index.ts';

// The client against servers that behave in ways that no scenario can.

afterEach(() => {
  vi.useRealTimers();
});

async function serve(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<string> {
  const server = createServer((request, response) => answer(response, request));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

const message = (delta: string, isFinal = false) =>
  `data: ${JSON.stringify({ delta, isFinal })}\n\n`;

const events = { 'Content-Type': 'text/event-stream' };

/** Sends a complete text at once, in more pieces than the platform reads ahead. */
const serveAtOnce = () =>
  serve((response) => {
    response.writeHead(200, events);
    const all = Array.from({ length: 20 }, (_, index) => message('x'.repeat(5000), index === 19));
    response.end(all.join(''));
  });

interface Outcome {
  kind: GenerateError['kind'] | 'completed';
  text: string;
  limit?: string | undefined;
  message?: string;
}

/** Returns how a generation ends for a loop that runs `onFirstChunk` in its first turn. */
async function read(
  url: string,
  options: Partial<GenerateOptions>,
  onFirstChunk: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Outcome> {
  let text = '';
  try {
    for await (const chunk of generate(url, { prompt: 'a', ...options })) {
      if (text === '') await onFirstChunk();
      ({ text } = chunk);
    }
    return { kind: 'completed', text };
  } catch (error) {
    if (!(error instanceof GenerateError)) throw error;
    const { kind, limit, message } = error;
    return { kind, text: error.text, limit, message };
  }
}

/** Blocks the event loop, like a page that renders. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

const whole = 'x'.repeat(100_000);

test('a signal aborted while the consumer is busy ends the loop, even if the whole body has arrived', async () => {
  const url = await serveAtOnce();
  for (const busy of [() => sleep(50), () => Promise.resolve(block(50))]) {
    const stop = new AbortController();
    const abort = async () => {
      await sleep(50);
      stop.abort(new Error('enough'));
      await busy();
    };
    expect(await read(url, { signal: stop.signal }, abort)).toMatchObject({ kind: 'aborted' });
  }
});

test('a signal that is already aborted sends no request, and a signal of another realm works', async () => {
  const requests = vi.fn<() => void>();
  const url = await serve(requests);
  expect(await read(url, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'aborted' });
  expect(requests).not.toHaveBeenCalled();
  const foreign = Object.assign(new EventTarget(), { aborted: false });
  setTimeout(() => foreign.dispatchEvent(new Event('abort')), 50);
  expect(await read(url, { signal: foreign as AbortSignal })).toMatchObject({ kind: 'aborted' });
});

test('the idle timeout excludes the time that the consumer takes', async () => {
  const url = await serveAtOnce();
  for (const busy of [() => sleep(600), () => Promise.resolve(block(600))]) {
    expect(await read(url, { idleTimeoutMs: 200 }, busy)).toEqual({
      kind: 'completed',
      text: whole,
    });
  }
});

test('text that arrives while the event loop is blocked does not count as silence', async () => {
  const url = await serve((response) => {
    response.writeHead(200, events);
    response.write(message('x'));
    setTimeout(() => response.end(message('y', true)), 50);
  });
  // The server lives in this process, so the block starts once its last bytes are on their way.
  setTimeout(() => setImmediate(() => block(500)), 55);
  expect(await read(url, { idleTimeoutMs: 200 })).toEqual({ kind: 'completed', text: 'xy' });
});

test('the total timeout ends a loop whose consumer is busy for longer', async () => {
  const url = await serveAtOnce();
  const outcome = await read(url, { totalTimeoutMs: 1000 }, () => sleep(1200));
  expect(outcome).toMatchObject({ kind: 'timeout', limit: 'total', text: 'x'.repeat(5000) });
});

test('a timeout ends a read that never settles, and a fetch that ignores its signal', async () => {
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(message('x'))),
    cancel: () => new Promise(() => {}),
  });
  const deaf = () => Promise.resolve(new Response(silent, { headers: events }));
  expect(await read('http://a/', { fetch: deaf, idleTimeoutMs: 50 })).toMatchObject({
    kind: 'timeout',
    limit: 'idle',
    text: 'x',
  });
  const never = () => new Promise<Response>(() => {});
  expect(await read('http://a/', { fetch: never, firstChunkTimeoutMs: 50 })).toMatchObject({
    kind: 'timeout',
    limit: 'first-chunk',
  });
});

test('a response that arrives after the timeout is cancelled', async () => {
  const cancelled = vi.fn<() => void>();
  const late = async () => {
    await sleep(100);
    return new Response(new ReadableStream({ cancel: cancelled }), { headers: events });
  };
  const outcome = await read('http://a/', { fetch: late, totalTimeoutMs: 20 });
  expect(outcome).toMatchObject({ kind: 'timeout', limit: 'total' });
  await expect.poll(() => cancelled.mock.calls.length).toBe(1);
});

test('return() ends a waiting iterator at once', async () => {
  const url = await serve((response) => {
    response.writeHead(200, events);
    response.write(message('x'));
  });
  const chunks = generate(url, { prompt: 'a' })[Symbol.asyncIterator]();
  expect(await chunks.next()).toMatchObject({ value: { text: 'x' } });
  const waiting = chunks.next();
  expect(await chunks.return?.()).toMatchObject({ done: true });
  expect(await waiting).toMatchObject({ done: true });
});

test.each([0, Infinity, 30 * 86_400_000])('timeouts of %d ms do not end a stream', async (ms) => {
  const url = await serve((response) => {
    response.writeHead(200, events);
    setTimeout(() => response.write(message('x')), 50);
    setTimeout(() => response.end(message('y', true)), 100);
  });
  const limits = { firstChunkTimeoutMs: ms, idleTimeoutMs: ms, totalTimeoutMs: ms };
  expect(await read(url, limits)).toEqual({ kind: 'completed', text: 'xy' });
});

test('invalid timeouts and counts throw a TypeError that names the option', () => {
  const wrong = [Number.NaN, -1, '30s', -Infinity];
  for (const name of [
    'firstChunkTimeoutMs',
    'idleTimeoutMs',
    'totalTimeoutMs',
    'retry',
    'resume',
  ]) {
    for (const value of wrong) {
      expect(() => generate('http://a/', { prompt: 'a', [name]: value })).toThrow(
        new RegExp(`^${name}: must be .* not `),
      );
    }
  }
  expect(() => generate('http://a/', { prompt: 'a', idleTimeoutMs: '30s' as never })).toThrow(
    'idleTimeoutMs: must be a number of milliseconds (0 or Infinity for no limit), not "30s"',
  );
  expect(() => generate('http://a/', { prompt: 'a', headers: { 'a b': 'c' } })).toThrow(TypeError);
});

test('a count must be whole, and a call must have a prompt', () => {
  for (const name of ['retry', 'resume']) {
    expect(() => generate('http://a/', { prompt: 'a', [name]: 1.5 })).toThrow(
      `${name}: must be a whole number from 0, not 1.5`,
    );
  }
  expect(() => generate('http://a/', { prompt: 'a', retry: Infinity })).not.toThrow();
  const untyped = generate as (url: string, options?: object | null) => unknown;
  for (const options of [undefined, null, {}, { promt: 'a' }]) {
    expect(() => untyped('http://a/', options)).toThrow(
      new TypeError('prompt: must be a string, not undefined'),
    );
  }
});

test.each([
  ['/api/x', 'Failed to parse URL from /api/x'],
  ['http://[', 'Failed to parse URL from http://['],
  ['http://a:b@127.0.0.1/', 'URL that includes credentials'],
  ['http://127.0.0.1:6000/', 'bad port'],
])('a URL that fetch refuses is a TypeError with the reason: %s', async (url, reason) => {
  for (const options of [{}, { resume: 1 }]) {
    const text = generate(url, { prompt: 'a', ...options }).text();
    await expect(text).rejects.toBeInstanceOf(TypeError);
    await expect(text).rejects.toThrow(
      /^url: must be absolute outside a page, on an allowed port: /,
    );
    await expect(text).rejects.toThrow(reason);
  }
});

test('a relative URL is left to a fetch that takes one, and a failed connection is cut', async () => {
  const own = () => Promise.resolve(new Response(message('x', true), { headers: events }));
  expect(await read('/api/x', { fetch: own })).toEqual({ kind: 'completed', text: 'x' });
  const url = await serve((response) => response.socket?.destroy());
  expect(await read(url, {})).toMatchObject({ kind: 'cut', text: '' });
});

test('accepts every form of headers that fetch accepts, and they override the client’s in any case', async () => {
  const requests: object[] = [];
  const url = await serve((response, request) => {
    const { accept, authorization, 'content-type': type, 'x-own': own } = request.headers;
    requests.push({ accept, authorization, type, own });
    response.writeHead(200, events);
    response.end(message('x', true));
  });
  const own = {
    'content-type': 'application/json; charset=utf-8',
    AUTHORIZATION: 'Basic YQ==',
    accept: '*/*',
    'x-Own': '1',
  };
  for (const headers of [
    own,
    new Headers(own),
    Object.entries(own),
    new Map(Object.entries(own)),
  ]) {
    const outcome = await read(url, {
      token: 'secret',
      headers: headers as GenerateOptions['headers'],
    });
    expect(outcome.kind).toBe('completed');
  }
  const expected = {
    accept: '*/*',
    authorization: 'Basic YQ==',
    type: 'application/json; charset=utf-8',
    own: '1',
  };
  expect(requests).toEqual([expected, expected, expected, expected]);
  requests.length = 0;
  await read(url, { token: 'secret' });
  expect(requests).toEqual([
    { accept: 'text/event-stream', authorization: 'Bearer secret', type: 'application/json' },
  ]);
});

test('a first response with 204 is a protocol error, and an empty stream is cut', async () => {
  const none = await serve((response) => response.writeHead(204).end());
  expect((await read(none, {})).kind).toBe('protocol');
  const empty = await serve((response) => response.writeHead(200, events).end());
  expect((await read(empty, {})).kind).toBe('cut');
  const bodiless = () => Promise.resolve(new Response(null, { headers: events }));
  expect((await read('http://a/', { fetch: bodiless })).kind).toBe('cut');
});

test('installing fake timers during a generation does not disturb it', async () => {
  const url = await serveAtOnce();
  const outcome = await read(url, { idleTimeoutMs: 5000, totalTimeoutMs: 5000 }, () =>
    Promise.resolve(vi.useFakeTimers()),
  );
  expect(outcome).toEqual({ kind: 'completed', text: whole });
});

test('timeouts follow fake timers', async () => {
  const never = () => new Promise<Response>(() => {});
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const outcome = read('http://a/', { fetch: never });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await outcome).toMatchObject({ kind: 'timeout', limit: 'first-chunk' });
});
