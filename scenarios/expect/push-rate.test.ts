import { expect, test } from 'vitest';

import { isPushedTooOften } from './push-rate.ts';

const sampleAt = (times: readonly number[], readSlowly = false) => ({
  arrivals: times.map((atMs, index) => ({ atMs, chars: index + 1, bytes: 0 })),
  readSlowly,
});

test.each([
  [[], false],
  [[100], false],
  // On time, and with a final message at once.
  [[100, 150, 200, 250, 300, 350, 351], false],
  // The second was late.
  [[100, 190, 200, 250, 300, 350], false],
  [[100, 120, 140, 160, 180, 200, 220, 240], true],
])('messages at %j are too many: %j', (times, isTooOften) => {
  expect(isPushedTooOften(sampleAt(times), 50)).toBe(isTooOften);
});

test('a stream that the load reads slowly says nothing about the gateway', () => {
  expect(isPushedTooOften(sampleAt([100, 101, 102, 103, 104], true), 50)).toBe(false);
});
