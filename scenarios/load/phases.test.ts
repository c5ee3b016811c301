import { expect, test } from 'vitest';

import { cutPhases, lastStartMs, phaseAt, phasesOf } from './phases.ts';

const spans = phasesOf({ rampMs: 1000, warmUpMs: 2000, windowMs: 3000, streamLimitMs: 120_000 });

test('the phases follow each other without a gap', () => {
  expect(spans).toEqual([
    { name: 'ramp', startAtMs: 0, endAtMs: 1000 },
    { name: 'warm-up', startAtMs: 1000, endAtMs: 3000 },
    { name: 'window', startAtMs: 3000, endAtMs: 6000 },
    { name: 'drain', startAtMs: 6000, endAtMs: 126_000 },
  ]);
  expect(lastStartMs(spans)).toBe(6000);
});

test('a moment on the border belongs to the phase that begins', () => {
  expect([0, 999.9, 1000, 3000, 5999, 6000, 999_999].map((at) => phaseAt(spans, at))).toEqual([
    'ramp',
    'ramp',
    'warm-up',
    'window',
    'window',
    'drain',
    'drain',
  ]);
});

test('a phase of no length has no moment', () => {
  const short = phasesOf({ rampMs: 0, warmUpMs: 0, windowMs: 1000, streamLimitMs: 1000 });
  expect(phaseAt(short, 0)).toBe('window');
});

test('a load that was over early has the rest of its phases cut off', () => {
  expect(cutPhases(spans, 4000).slice(2)).toEqual([
    { name: 'window', startAtMs: 3000, endAtMs: 4000 },
    { name: 'drain', startAtMs: 4000, endAtMs: 4000 },
  ]);
});
