import { expect, test } from 'vitest';

import { bootstrapInterval } from './bootstrap.ts';
import { medianOf } from './median.ts';

test('values that are all the same leave no doubt', () => {
  const interval = bootstrapInterval((resample) => medianOf(resample([7, 7, 7])), 0.95);
  expect(interval).toEqual({ low: 7, high: 7 });
});

test('the middle of the results is as wide as the level says', () => {
  // The median of two draws from 0 and 10 is 0, 5 or 10 with a quarter, a half and a quarter.
  const statistic = (resample: (values: readonly number[]) => number[]) =>
    medianOf(resample([0, 10]));
  expect(bootstrapInterval(statistic, 0.95)).toEqual({ low: 0, high: 10 });
  expect(bootstrapInterval(statistic, 0.45)).toEqual({ low: 5, high: 5 });
});

test('the interval of a mean of many values is that of the normal distribution', () => {
  // 0 to 99: the mean is 49.5, its standard error 28.87 / 10, and 1.96 of them are 5.66.
  const values = Array.from({ length: 100 }, (_, value) => value);
  const mean = (drawn: readonly number[]) => drawn.reduce((sum, value) => sum + value, 0) / 100;
  const { low, high } = bootstrapInterval((resample) => mean(resample(values)), 0.95);
  expect(low).toBeCloseTo(49.5 - 5.66, 0);
  expect(high).toBeCloseTo(49.5 + 5.66, 0);
});

test('the same values have the same interval', () => {
  const once = () => bootstrapInterval((resample) => medianOf(resample([1, 4, 9, 16])), 0.9);
  expect(once()).toEqual(once());
});
