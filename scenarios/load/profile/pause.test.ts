import { expect, test } from 'vitest';

import { pauseAfterMs } from './pause.ts';

test('streams without a message double the pause up to two seconds', () => {
  const pauses: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    pauses.push(pauseAfterMs({ outcome: 'refused', messages: 0 }, pauses.at(-1) ?? 0));
  }
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
});

test('a failed stream with a message resets the pause, a completed one ends it', () => {
  expect(pauseAfterMs({ outcome: 'reset', messages: 1 }, 2000)).toBe(100);
  expect(pauseAfterMs({ outcome: 'completed', messages: 1 }, 2000)).toBe(0);
});
