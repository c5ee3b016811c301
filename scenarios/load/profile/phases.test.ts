import { expect, test } from 'vitest';

import { cutPhases, lastStartMs, phaseAt, phasesOf } from './phases.ts';

const spans = phasesOf({ rampMs: 1000, warmUpMs: 2000, windowMs: 3000, streamLimitMs: 120_000 });

test('phases follow each other without a gap', () => {
  expect(spans).toEqual([
    { name: 'ramp', startAtMs: 0, endAtMs: 1000 },
    { name: 'warm-up', startAtMs: 1000, endAtMs: 3000 },
    { name: 'window', startAtMs: 3000, endAtMs: 6000 },
    { name: 'drain', startAtMs: 6000, endAtMs: 126_000 },
  ]);
  expect(lastStartMs(spans)).toBe(6000);
});

test('a moment on a border belongs to the later phase', () => {
  expect([0, 999.9, 1000, 3000, 5999, 6000, 999_999].map((atMs) => phaseAt(spans, atMs))).toEqual([
    'ramp',
    'ramp',
    'warm-up',
    'window',
    'window',
    'drain',
    'drain',
  ]);
});

test('an empty phase contains no moment', () => {
  const short = phasesOf({ rampMs: 0, warmUpMs: 0, windowMs: 1000, streamLimitMs: 1000 });
  expect(phaseAt(short, 0)).toBe('window');
});

test('the phases of a load that ended early are cut off', () => {
  expect(cutPhases(spans, 4000).slice(2)).toEqual([
    { name: 'window', startAtMs: 3000, endAtMs: 4000 },
    { name: 'drain', startAtMs: 4000, endAtMs: 4000 },
  ]);
});
