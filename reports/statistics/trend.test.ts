import { expect, test } from 'vitest';

import { trendOf } from './trend.ts';

test('the trend of a straight line is its slope, without a doubt', () => {
  const { slope, low, high } = trendOf([
    [1, 3],
    [2, 5],
    [4, 9],
  ]);
  expect([slope, low, high]).toEqual([2, 2, 2]);
});

test('the interval is that of the textbook', () => {
  // y = 1, 3, 2, 5, 4 over x = 1 to 5: slope 0.8, standard error 0.3464, t of 3 degrees 3.182.
  const { slope, low, high } = trendOf([
    [1, 1],
    [2, 3],
    [3, 2],
    [4, 5],
    [5, 4],
  ]);
  expect(slope).toBeCloseTo(0.8);
  expect(high - slope).toBeCloseTo(1.1, 1);
  expect(slope - low).toBeCloseTo(high - slope);
});

test('two points, or all at one place, have no trend', () => {
  expect(() =>
    trendOf([
      [1, 2],
      [2, 3],
    ]),
  ).toThrow(RangeError);
  expect(() =>
    trendOf([
      [1, 2],
      [1, 3],
      [1, 4],
    ]),
  ).toThrow(RangeError);
});
