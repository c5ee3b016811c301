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

/** The lateness of messages given as [when it came, how many characters had come with it]. */
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

test('messages that keep to the plan and to the push interval are not late', () => {
  expect(latenessOf([100, 2], [200, 4], [250, 6], [400, 8])).toEqual([0, 0, 0, 0]);
});

test('a message is late by what it came after its first character was due', () => {
  expect(latenessOf([103, 2], [207, 4], [257, 6], [400, 8])).toEqual([3, 7, 0, 0]);
});

test('what the push interval holds back is not late, and what it does not is', () => {
  expect(latenessOf([100, 2], [200, 4], [265, 6])).toEqual([0, 0, 15]);
});

test('text that was due when a message left without it makes that message late', () => {
  expect(latenessOf([100, 2], [230, 4], [280, 6])).toEqual([0, 30, 0]);
});

test('a merged message is judged by its first character and by what it still lacks', () => {
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

test('another text than the planned one does not match, and a cut one is not held against it', () => {
  const other = { arrivals: [], textSha256: 'something else' };
  expect(compareWithPlan({ ...other, outcome: 'completed' }, plan, null, 50).textMatches).toBe(
    false,
  );
  expect(compareWithPlan({ ...other, outcome: 'cut' }, plan, null, 50).textMatches).toBe(true);
});

test('where the wire moves text, times are not compared: a message may come twice, or much later', () => {
  const sample = { arrivals: [{ atMs: 900, chars: 8 }], outcome: 'completed' as const, textSha256 };
  const buffered = { ...plan, wire: [{ fault: 'frames', how: 'buffered' }] as const };
  expect(compareWithPlan(sample, buffered, null, 50)).toMatchObject({
    latenessMs: [],
    textMatches: true,
  });
  const crlf = { ...plan, wire: [{ fault: 'crlf' }] as const };
  expect(compareWithPlan(sample, crlf, null, 50).latenessMs).toEqual([800]);
});

test('a stream that broke off as foretold has to have said what it was to say by then', () => {
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

test('a stream that was to fail and completed is held to the text of its plan', () => {
  const expected = { outcome: 'cut', detail: '', text: 'aa' } as const;
  const sample = { arrivals: [], outcome: 'completed' as const, textSha256 };
  expect(compareWithPlan(sample, plan, expected, 50).textMatches).toBe(true);
});
