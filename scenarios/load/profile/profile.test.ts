import { expect, test } from 'vitest';

import { loadSchema } from './profile.ts';

test('an empty load has the defaults', () => {
  expect(loadSchema.parse({})).toEqual({
    streams: 10,
    stages: [],
    rampMs: 2000,
    warmUpMs: 5000,
    windowMs: 20_000,
    idleLimitMs: 30_000,
    streamLimitMs: 120_000,
    thinkMs: 0,
    request: {
      transport: 'post',
      httpVersion: 'auto',
      prompt: '写一段500字的故事',
      model: 'gpt-4',
      token: 'rehearsal',
      headers: {},
      tools: [],
      body: {},
    },
  });
});

test('every problem of a load is reported at once', () => {
  const wrong = {
    streams: 0,
    window: '0s',
    ramp: 5,
    duration: 3,
    request: { token: 'two words', prompt: '' },
  };
  const paths = loadSchema.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'));
  expect(paths?.sort()).toEqual([
    '',
    'ramp',
    'request.prompt',
    'request.token',
    'streams',
    'window',
  ]);
});

const pathsOf = (load: unknown) =>
  loadSchema.safeParse(load).error?.issues.map(({ path }) => path.join('.'));

test('streams and arrivals contradict each other, and so do phases, stages and total', () => {
  const stages = [{ over: '1s', to: 5 }];
  expect(pathsOf({ streams: 5, arrivals: { perSecond: 5 } })).toEqual(['streams']);
  expect(pathsOf({ arrivals: {} })).toEqual(['arrivals']);
  expect(pathsOf({ stages, arrivals: { perSecond: 5 } })).toEqual(['arrivals.perSecond']);
  expect(pathsOf({ stages, streams: 5, ramp: '1s', window: '5s' })).toEqual([
    'streams',
    'ramp',
    'window',
  ]);
  expect(pathsOf({ stages: [{ over: '1s', to: 0 }] })).toEqual(['stages']);
  expect(pathsOf({ stages, total: 5 })).toEqual(['stages']);
  expect(pathsOf({ total: 5, window: '5s' })).toEqual(['window']);
  expect(pathsOf({ stages, arrivals: {} })).toBeUndefined();
});

test('stages are the window, and the highest stage is the number of slots', () => {
  const stages = [
    { over: '1s', to: 5 },
    { over: '2s', to: 20 },
    { over: '1s', to: 0 },
  ];
  expect(loadSchema.parse({ stages })).toMatchObject({
    streams: 20,
    rampMs: 0,
    warmUpMs: 0,
    windowMs: 4000,
  });
});

test('a request over GET has no dialect and no body, and it alone is resumed', () => {
  expect(pathsOf({ request: { transport: 'get', reconnects: 2 } })).toBeUndefined();
  expect(
    pathsOf({ request: { transport: 'get', dialect: 'openai-chat', body: { a: 1 } } }),
  ).toEqual(['request.transport', 'request.body']);
  expect(pathsOf({ request: { reconnects: 2 } })).toEqual(['request.reconnects']);
  expect(pathsOf({ request: { reconnects: -1 } })).toEqual(['request.reconnects']);
});

test('a request over WebSocket has a body, and neither a dialect nor reconnects', () => {
  expect(pathsOf({ request: { transport: 'websocket', body: { a: 1 } } })).toBeUndefined();
  const wrong = { transport: 'websocket', dialect: 'openai-chat', reconnects: 1, httpVersion: 2 };
  expect(pathsOf({ request: wrong })).toEqual([
    'request.transport',
    'request.httpVersion',
    'request.reconnects',
  ]);
  expect(pathsOf({ request: { httpVersion: 3 } })).toEqual(['request.httpVersion']);
});
