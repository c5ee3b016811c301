import { expect, test } from 'vitest';

import { loadSchema } from './profile.ts';

test('an empty load is that of the defaults', () => {
  expect(loadSchema.parse({})).toEqual({
    streams: 10,
    rampSec: 2,
    warmUpSec: 5,
    windowSec: 20,
    idleLimitSec: 30,
    streamLimitSec: 120,
    thinkMs: 0,
    request: { prompt: '写一段500字的故事', model: 'gpt-4', token: 'rehearsal' },
  });
});

test('every problem of a load is told at once', () => {
  const wrong = {
    streams: 0,
    windowSec: -1,
    duration: 3,
    request: { token: 'two words', prompt: '' },
  };
  const paths = loadSchema.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'));
  expect(paths?.sort()).toEqual(['', 'request.prompt', 'request.token', 'streams', 'windowSec']);
});
