import { expect, test } from 'vitest';

import { computeSeries } from './series.ts';
import { arrivalsAt, makeSample } from '../testing/make-sample.ts';

test('no samples make empty series', () => {
  expect(computeSeries([])).toEqual({
    openStreams: [],
    started: [],
    ended: [],
    failed: [],
    messages: [],
    firstChunkP50Ms: [],
  });
});

test('each second holds what happened in it, over all phases', () => {
  const series = computeSeries([
    makeSample({ phase: 'ramp', startAtMs: 0, durationMs: 1500, arrivals: arrivalsAt(400, 1400) }),
    makeSample({ startAtMs: 1200, durationMs: 700, arrivals: arrivalsAt(300) }),
    makeSample({ startAtMs: 1400, durationMs: 1700, arrivals: arrivalsAt(100, 200, 700) }),
  ]);
  expect(series).toEqual({
    openStreams: [1, 3, 1, 1],
    started: [1, 2, 0, 0],
    ended: [0, 2, 0, 1],
    failed: [0, 0, 0, 0],
    messages: [1, 4, 1, 0],
    firstChunkP50Ms: [400, 100, null, null],
  });
});

test('failed are those that neither completed nor were censored', () => {
  const series = computeSeries([
    makeSample({ durationMs: 500, outcome: 'reset' }),
    makeSample({ durationMs: 500, outcome: 'censored' }),
    makeSample({ durationMs: 500 }),
  ]);
  expect(series.ended).toEqual([3]);
  expect(series.failed).toEqual([1]);
});

test('a stream that ends on the second is not open in the next', () => {
  const series = computeSeries([makeSample({ startAtMs: 0, durationMs: 2000 })]);
  expect(series.openStreams).toEqual([1, 1, 0]);
  expect(series.ended).toEqual([0, 0, 1]);
});
