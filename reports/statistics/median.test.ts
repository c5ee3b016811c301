import { expect, test } from 'vitest';

import { medianOf } from './median.ts';

test('the median is the value in the middle, or between the two there', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([10, 1, 2, 3])).toBe(2.5);
  expect(medianOf([])).toBe(0);
});
