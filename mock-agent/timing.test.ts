import { expect, test } from 'vitest';

import { drawsFor } from './draws.ts';
import { drawMs, timingSchema } from './timing.ts';

const draws = 20_000;

/** Sorted, and the same in every run: the draws are seeded. */
function drawMany(timing: unknown): number[] {
  const parsed = timingSchema.parse(timing);
  const draw = drawsFor({ seed: 7, scenario: 'timing', key: 'k' })('law');
  return Array.from({ length: draws }, () => drawMs(parsed, draw)).sort((a, b) => a - b);
}

const quantile = (sorted: number[], share: number) => sorted[Math.floor(share * sorted.length)];

test('a constant is the same every time', () => {
  expect(new Set(drawMany('1.5s'))).toEqual(new Set([1500]));
});

test('a uniform timing fills its range evenly and never leaves it', () => {
  const sorted = drawMany({ uniform: { min: '10ms', max: '30ms' } });
  expect(sorted[0]).toBeGreaterThanOrEqual(10);
  expect(sorted.at(-1)).toBeLessThanOrEqual(30);
  expect(quantile(sorted, 0.25)).toBeCloseTo(15, 0);
  expect(quantile(sorted, 0.75)).toBeCloseTo(25, 0);
});

test('a normal timing has its mean and deviation', () => {
  const sorted = drawMany({ normal: { mean: '20ms', deviation: '5ms' } });
  expect(quantile(sorted, 0.5)).toBeCloseTo(20, 0);
  expect(quantile(sorted, 0.841)).toBeCloseTo(25, 0);
});

test('a normal timing is cut off at zero', () => {
  const sorted = drawMany({ normal: { mean: '1ms', deviation: '10ms' } });
  expect(sorted[0]).toBe(0);
});

test('a lognormal timing has its median and its 99th percentile', () => {
  const sorted = drawMany({ lognormal: { median: '200ms', p99: '400ms' } });
  expect((quantile(sorted, 0.5) ?? 0) / 200).toBeCloseTo(1, 1);
  expect((quantile(sorted, 0.99) ?? 0) / 400).toBeCloseTo(1, 1);
});

test.each([
  ['a bare number', 20],
  ['an unknown unit', '20h'],
  ['a negative duration', '-5ms'],
  ['a range upside down', { uniform: { min: '30ms', max: '10ms' } }],
  ['a p99 below the median', { lognormal: { median: '30ms', p99: '10ms' } }],
  ['a median of zero', { lognormal: { median: '0ms', p99: '10ms' } }],
  ['an unknown law', { gamma: { shape: 2 } }],
  ['two laws at once', { uniform: { min: '1ms', max: '2ms' }, constant: '3ms' }],
])('%s is refused', (_, timing) => {
  expect(timingSchema.safeParse(timing).success).toBe(false);
});
