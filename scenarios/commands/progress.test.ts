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

test('the progress of a timed load has the time left', () => {
  expect(describeProgress(progress, undefined)).toBe(
    'window   12 s, 28 s left  1,000 open  1,345 ended  2 failed',
  );
});

test('the progress of the drain has no time left', () => {
  expect(describeProgress({ ...progress, phase: 'drain', elapsedSec: 41 }, undefined)).toBe(
    'drain    41 s  1,000 open  1,345 ended  2 failed',
  );
});

test('the progress of a load with total has the number of ended streams', () => {
  expect(describeProgress({ ...progress, totalSec: null }, 5000)).toBe(
    'window   12 s  1,000 open  1,345 of 5,000 ended  2 failed',
  );
});
