import fc from 'fast-check';
import { expect, test } from 'vitest';

import { histogram } from './histogram.ts';

test('no values have no histogram', () => {
  expect(histogram([])).toBeNull();
});

test('60 bins of a nice width reach from 0 to the 99th percentile', () => {
  const result = histogram([5, 10, 299]);
  expect(result?.counts).toHaveLength(60);
  expect(result?.edgesMs.slice(0, 4)).toEqual([0, 5, 10, 15]);
  expect(result?.edgesMs.at(-1)).toBe(300);
});

test('a value on an edge is in the bin that begins there', () => {
  const result = histogram([0, 4.99, 5, 299]);
  expect(result?.counts.slice(0, 2)).toEqual([2, 1]);
});

test('a straggler is counted as above instead of squeezing the others', () => {
  const values = [...Array.from({ length: 199 }, () => 50), 60_000];
  const result = histogram(values);
  expect(result?.edgesMs.at(-1)).toBe(60);
  expect(result?.above).toBe(1);
  expect(result?.counts[50]).toBe(199);
});

test('values that are all 0 are in the first of bins of 0.1 ms', () => {
  const result = histogram([0, 0]);
  expect(result?.edgesMs.slice(0, 4)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(result?.counts[0]).toBe(2);
});

test('every value is counted exactly once', () => {
  const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(times, (values) => {
      const result = histogram(values);
      const counted = result?.counts.reduce((sum, count) => sum + count, result.above);
      expect(counted).toBe(values.length);
    }),
  );
});
