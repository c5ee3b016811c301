import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { planStream } from './plan.ts';
import { slowedDown } from './slowing.ts';

const behaviour = behaviourSchema.parse({
  text: { given: 'aabbcc' },
  firstToken: '100ms',
  interToken: '10ms',
  tokenChars: { min: 2, max: 2 },
  chunkChars: 2,
  slowing: { above: 100, perStream: '1%' },
});
const plan = planStream(behaviour, 1, { scenario: 'test', key: 'k', prompt: 'a', model: 'm' });

const timesOf = (inFlight: number) =>
  slowedDown(plan, plan.slowing, inFlight).chunks.map(({ atMs }) => atMs);

test('the planned times are those of an idle agent, and the plan contains the slowing of a busy one', () => {
  expect(plan.chunks.map(({ atMs }) => atMs)).toEqual([100, 110, 120, 120]);
  expect(plan.slowing).toEqual({ above: 100, perStream: 0.01 });
});

test.each([
  [1, [100, 110, 120, 120]],
  [100, [100, 110, 120, 120]],
  [101, [101, 111, 121, 121]],
  [200, [200, 220, 240, 240]],
])('with %d streams in flight the chunks are sent at %j ms', (inFlight, times) => {
  expect(timesOf(inFlight)).toEqual(times);
});

test('a slowed stream has the same text and ends with its last chunk', () => {
  const slow = slowedDown(plan, plan.slowing, 300);
  expect(slow.chunks.map(({ delta }) => delta)).toEqual(plan.chunks.map(({ delta }) => delta));
  expect(slow.end).toEqual({ kind: 'final', atMs: 360 });
});

test('without `slowing` no load slows a stream down', () => {
  expect(slowedDown(plan, undefined, 100_000)).toBe(plan);
});
