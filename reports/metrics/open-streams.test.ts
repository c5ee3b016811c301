import { expect, test } from 'vitest';

import { meanOpen, openStretches, peakOpen } from './open-streams.ts';
import { makeSample } from '../testing/make-sample.ts';

const lives = (...spans: [startAtMs: number, durationMs: number][]) =>
  spans.map(([startAtMs, durationMs]) => makeSample({ startAtMs, durationMs }));

test('stretches tell how many streams were open, from the first start to the last end', () => {
  expect(openStretches(lives([0, 100], [50, 100]))).toEqual([
    { startAtMs: 0, endAtMs: 50, open: 1 },
    { startAtMs: 50, endAtMs: 100, open: 2 },
    { startAtMs: 100, endAtMs: 150, open: 1 },
  ]);
});

test('a stream that starts as another ends is not open beside it', () => {
  expect(peakOpen(openStretches(lives([0, 100], [100, 100], [200, 50])))).toBe(1);
});

test('a pause between streams is a stretch of none', () => {
  expect(openStretches(lives([0, 10], [30, 10]))).toEqual([
    { startAtMs: 0, endAtMs: 10, open: 1 },
    { startAtMs: 10, endAtMs: 30, open: 0 },
    { startAtMs: 30, endAtMs: 40, open: 1 },
  ]);
});

test('a request that was never answered as a stream was not open', () => {
  const unanswered = makeSample({ status: null, contentType: null, outcome: 'timed-out' });
  const rejected = makeSample({ status: 503, contentType: 'application/json' });
  expect(openStretches([unanswered, rejected])).toEqual([]);
  expect(peakOpen([])).toBe(0);
});

test('a stream that lasted no time does not keep later ones from being counted', () => {
  expect(peakOpen(openStretches(lives([0, 0], [5, 0], [10, 20], [15, 20])))).toBe(2);
});

test('the mean weighs each stretch by its time within the part asked for', () => {
  const stretches = openStretches(lives([0, 100], [50, 100]));
  expect(meanOpen(stretches, { startAtMs: 25, endAtMs: 125 })).toBe(1.5);
  expect(meanOpen(stretches, { startAtMs: 100, endAtMs: 200 })).toBe(0.5);
  expect(meanOpen(stretches, { startAtMs: 10, endAtMs: 10 })).toBe(0);
});
