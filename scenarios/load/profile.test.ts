import { expect, test } from 'vitest';

import { loadSchema } from './profile.ts';

test('an empty load is that of the defaults', () => {
  expect(loadSchema.parse({})).toEqual({
    streams: 10,
    rampMs: 2000,
    warmUpMs: 5000,
    windowMs: 20_000,
    idleLimitMs: 30_000,
    streamLimitMs: 120_000,
    thinkMs: 0,
    request: {
      prompt: '写一段500字的故事',
      model: 'gpt-4',
      token: 'rehearsal',
      headers: {},
      body: {},
    },
  });
});

test('every problem of a load is told at once', () => {
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
