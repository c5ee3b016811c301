import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { compareWithPlan } from './compare-with-plan.ts';

const plan = {
  text: 'aabbccdd',
  chunks: [
    { atMs: 100, delta: 'aa', isFinal: false },
    { atMs: 200, delta: 'bb', isFinal: false },
    { atMs: 220, delta: 'cc', isFinal: false },
    { atMs: 400, delta: 'dd', isFinal: true },
  ],
  wire: [],
};

const textSha256 = createHash('sha256').update(plan.text).digest('hex');

/** Returns the lateness of messages, each as [arrival, characters received by then]. */
const latenessOf = (...arrivals: [atMs: number, chars: number][]) =>
  compareWithPlan(
    {
      arrivals: arrivals.map(([atMs, chars]) => ({ atMs, chars })),
      outcome: 'completed',
      textSha256,
    },
    plan,
    null,
    50,
  ).latenessMs;

test('messages at their planned times or at the push interval are not late', () => {
  expect(latenessOf([100, 2], [200, 4], [250, 6], [400, 8])).toEqual([0, 0, 0, 0]);
});

test('the lateness of a message is the time since its first character was due', () => {
  expect(latenessOf([103, 2], [207, 4], [257, 6], [400, 8])).toEqual([3, 7, 0, 0]);
});

test('a delay by the push interval is not lateness, any other is', () => {
  expect(latenessOf([100, 2], [200, 4], [265, 6])).toEqual([0, 0, 15]);
});

test('a message without text that was due is late', () => {
  expect(latenessOf([100, 2], [230, 4], [280, 6])).toEqual([0, 30, 0]);
});

test('a merged message is judged by its first character and by the text that it lacks', () => {
  expect(latenessOf([100, 2], [401, 6], [451, 8])).toEqual([0, 201, 0]);
});

test('characters are counted as code points', () => {
  const emoji = {
    text: '😀😀',
    chunks: [
      { atMs: 10, delta: '😀', isFinal: false },
      { atMs: 90, delta: '😀', isFinal: true },
    ],
    wire: [],
  };
  const sample = {
    arrivals: [
      { atMs: 10, chars: 1 },
      { atMs: 90, chars: 2 },
    ],
    outcome: 'completed' as const,
    textSha256: createHash('sha256').update(emoji.text).digest('hex'),
  };
  expect(compareWithPlan(sample, emoji, null, 50)).toEqual({
    latenessMs: [0, 0],
    textMatches: true,
    foretold: null,
  });
});

test('another text than the planned one does not match; the text of a cut stream is not compared', () => {
  const other = { arrivals: [], textSha256: 'something else' };
  expect(compareWithPlan({ ...other, outcome: 'completed' }, plan, null, 50).textMatches).toBe(
    false,
  );
  expect(compareWithPlan({ ...other, outcome: 'cut' }, plan, null, 50).textMatches).toBe(true);
});

test('times are not compared if a wire fault moves text', () => {
  const sample = { arrivals: [{ atMs: 900, chars: 8 }], outcome: 'completed' as const, textSha256 };
  const buffered = { ...plan, wire: [{ fault: 'frames', how: 'buffered' }] as const };
  expect(compareWithPlan(sample, buffered, null, 50)).toMatchObject({
    latenessMs: [],
    textMatches: true,
  });
  const crlf = { ...plan, wire: [{ fault: 'crlf' }] as const };
  expect(compareWithPlan(sample, crlf, null, 50).latenessMs).toEqual([800]);
});

test('a stream that broke off as expected must have the text expected by then', () => {
  const expected = { outcome: 'failed', detail: 'GENERATION_ERROR', text: 'aabb' } as const;
  const saying = (text: string) => ({
    arrivals: [],
    outcome: 'failed' as const,
    textSha256: createHash('sha256').update(text).digest('hex'),
  });
  expect(compareWithPlan(saying('aabb'), plan, expected, 50)).toEqual({
    latenessMs: [],
    textMatches: true,
    foretold: { outcome: 'failed', detail: 'GENERATION_ERROR' },
  });
  expect(compareWithPlan(saying('aab'), plan, expected, 50).textMatches).toBe(false);
});

test('a stream that completed instead of failing is compared with the text of its plan', () => {
  const expected = { outcome: 'cut', detail: '', text: 'aa' } as const;
  const sample = { arrivals: [], outcome: 'completed' as const, textSha256 };
  expect(compareWithPlan(sample, plan, expected, 50).textMatches).toBe(true);
});
