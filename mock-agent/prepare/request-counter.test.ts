import { expect, test } from 'vitest';

import { createRequestCounter } from './request-counter.ts';

test('beyond 100000 different requests, the least recently used count restarts', () => {
  const count = createRequestCounter();
  expect([count('idle'), count('repeated')]).toEqual([1, 1]);
  for (let other = 3; other <= 100_000; other += 1) count(`other ${other}`);
  expect(count('repeated')).toBe(2);
  count('one too many');
  expect([count('repeated'), count('idle')]).toEqual([3, 1]);
});
