import fc from 'fast-check';
import { expect, test } from 'vitest';

import { summarize } from './distribution.ts';

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('no values have no summary', () => {
  expect(summarize([])).toBeNull();
});

test('one value is every percentile', () => {
  expect(summarize([7])).toEqual({ count: 1, mean: 7, p50: 7, p95: 7, p99: 7, max: 7 });
});

test('percentiles are nearest-rank, whatever the order of the values', () => {
  expect(summarize(oneTo(100).reverse())).toEqual({
    count: 100,
    mean: 50.5,
    p50: 50,
    p95: 95,
    p99: 99,
    max: 100,
  });
});

test('a percentile that falls on a rank takes that rank, not the next', () => {
  expect(summarize(oneTo(20))).toMatchObject({ p50: 10, p95: 19, p99: 20 });
});

test('values are sorted as numbers, and left as they were', () => {
  const values = [100, 9, 20];
  expect(summarize(values)).toMatchObject({ p50: 20, max: 100 });
  expect(values).toEqual([100, 9, 20]);
});

test('every percentile is one of the values, and they ascend', () => {
  const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(times, (values) => {
      const summary = summarize(values);
      if (summary === null) throw new Error('a summary was due');
      const { p50, p95, p99, max } = summary;
      for (const percentile of [p50, p95, p99, max]) expect(values).toContain(percentile);
      expect([max, p50, p99, p95].sort((a, b) => a - b)).toEqual([p50, p95, p99, max]);
    }),
  );
});

test('a million values are summarized', () => {
  const values = Float64Array.from({ length: 1_000_000 }, (_, index) => 999_999 - index);
  expect(summarize(values)).toMatchObject({ count: 1_000_000, p50: 499_999, max: 999_999 });
});
