import { expect, test } from 'vitest';

import { describeProgress } from './progress.ts';

const progress = {
  phase: 'window',
  elapsedSec: 12.4,
  totalSec: 40,
  open: 1000,
  started: 2345,
  ended: 1345,
  failed: 2,
} as const;

test('a load that ends with time says how much is left of it', () => {
  expect(describeProgress(progress, undefined)).toBe(
    'window   12 s, 28 s left  1,000 open  1,345 ended  2 failed',
  );
});

test('how long the drain takes is not known', () => {
  expect(describeProgress({ ...progress, phase: 'drain', elapsedSec: 41 }, undefined)).toBe(
    'drain    41 s  1,000 open  1,345 ended  2 failed',
  );
});

test('a load of a number of streams says how many of them have ended', () => {
  expect(describeProgress({ ...progress, totalSec: null }, 5000)).toBe(
    'window   12 s  1,000 open  1,345 of 5,000 ended  2 failed',
  );
});
