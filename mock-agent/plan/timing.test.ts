import { expect, test } from 'vitest';

import { drawsFor } from '../../proto/draws.ts';
import { drawMs, timingSchema } from './timing.ts';

const draws = 200_000;

/** Returns sorted draws, the same in every run. */
function drawMany(timing: unknown): number[] {
  const parsed = timingSchema.parse(timing);
  const draw = drawsFor({ seed: 7, scenario: 'timing', key: 'k' })('law');
  return Array.from({ length: draws }, () => drawMs(parsed, draw)).sort((a, b) => a - b);
}

function describeDraws(sorted: readonly number[]) {
  const mean = sorted.reduce((sum, ms) => sum + ms, 0) / draws;
  const variance = sorted.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / draws;
  return {
    median: sorted[draws / 2] ?? Number.NaN,
    p99: sorted[draws * 0.99] ?? Number.NaN,
    mean,
    variation: Math.sqrt(variance) / mean,
  };
}

test('a constant is the same every time', () => {
  expect(new Set(drawMany('1.5s'))).toEqual(new Set([1500]));
});

// Expected values by formula; the third is a normal distribution with negative values clamped to zero.
test.each([
  [
    { uniform: { min: '10ms', max: '30ms' } },
    { median: 20, p99: 29.8, mean: 20, variation: 0.288_675 },
  ],
  [
    { normal: { mean: '20ms', deviation: '5ms' } },
    { median: 20, p99: 31.632, mean: 20, variation: 0.25 },
  ],
  [
    { normal: { mean: '10ms', deviation: '10ms' } },
    { median: 10, p99: 33.263, mean: 10.8332, variation: 0.8 },
  ],
  [
    { lognormal: { median: '200ms', p99: '400ms' } },
    { median: 200, p99: 400, mean: 209.078, variation: 0.304_66 },
  ],
  [
    { lognormal: { mean: '30ms', variation: 0.7 } },
    { median: 24.5771, p99: 106.791, mean: 30, variation: 0.7 },
  ],
])('%j has its median, 99th percentile, mean and variation', (timing, expected) => {
  const actual = describeDraws(drawMany(timing));
  for (const key of ['median', 'p99', 'mean', 'variation'] as const) {
    expect(Math.abs(actual[key] / expected[key] - 1), `${key}: ${actual[key]}`).toBeLessThan(0.01);
  }
});

test('a uniform timing never leaves its range', () => {
  const sorted = drawMany({ uniform: { min: '10ms', max: '30ms' } });
  expect(sorted[0]).toBeGreaterThanOrEqual(10);
  expect(sorted.at(-1)).toBeLessThanOrEqual(30);
});

test('a normal timing is cut off at zero', () => {
  const sorted = drawMany({ normal: { mean: '1ms', deviation: '10ms' } });
  expect(sorted[0]).toBe(0);
});

test('a lognormal timing without variation is a constant', () => {
  expect(new Set(drawMany({ lognormal: { mean: '30ms', variation: 0 } }))).toEqual(new Set([30]));
});

test.each([
  ['a number without a unit', 20],
  ['an unknown unit', '20h'],
  ['a negative duration', '-5ms'],
  ['a maximum below the minimum', { uniform: { min: '30ms', max: '10ms' } }],
  ['a p99 below the median', { lognormal: { median: '30ms', p99: '10ms' } }],
  ['a median of zero', { lognormal: { median: '0ms', p99: '10ms' } }],
  ['a negative variation', { lognormal: { mean: '30ms', variation: -1 } }],
  ['a variation in per cent', { lognormal: { mean: '30ms', variation: '50%' } }],
  ['a mixture of the two lognormal forms', { lognormal: { median: '30ms', variation: 1 } }],
  ['an unknown law', { gamma: { shape: 2 } }],
  ['two laws at once', { uniform: { min: '1ms', max: '2ms' }, constant: '3ms' }],
])('%s is rejected', (_, timing) => {
  expect(timingSchema.safeParse(timing).success).toBe(false);
});
