import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createTargetWindow } from './target-window.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('without measurements there is no data, and the peak of streams is 0', () => {
  expect(createTargetWindow().judge()).toEqual({
    firstChunkMs: { state: 'no data', statistic: 'p95', value: null, target: 500, alarm: 1000 },
    intervalMs: { state: 'no data', statistic: 'mean', value: null, target: 100, alarm: 200 },
    connectionSuccess: {
      state: 'no data',
      statistic: 'share',
      value: null,
      target: 0.99,
      alarm: 0.95,
    },
    concurrentStreams: { state: 'ok', statistic: 'peak', value: 0, target: 1000, alarm: 1500 },
  });
});

test.each([
  ['ok', 499],
  ['beyond target', 500],
  ['beyond target', 999],
  ['alarm', 1001],
])('the first chunk is %s where 95 of a hundred take at most %d ms', (state, ms) => {
  const window = createTargetWindow();
  for (let count = 0; count < 95; count += 1) window.firstChunk(ms);
  for (let count = 0; count < 5; count += 1) window.firstChunk(60_000);
  const { firstChunkMs } = window.judge();
  expect(firstChunkMs.state).toBe(state);
  // Three digits are kept.
  expect(Math.abs((firstChunkMs.value ?? 0) / ms - 1)).toBeLessThan(0.001);
});

test.each([
  ['ok', [50, 148]],
  ['beyond target', [50, 152]],
  ['alarm', [50, 400]],
])('the interval is %s at the mean over streams of %j ms', (state, intervals) => {
  const window = createTargetWindow();
  for (const ms of intervals) window.interval(ms);
  expect(window.judge().intervalMs.state).toBe(state);
});

test.each([
  ['ok', 0.995, 1],
  ['beyond target', 0.99, 2],
  ['beyond target', 0.95, 10],
  ['alarm', 0.945, 11],
])('connections are %s where %d of them succeed', (state, value, refused) => {
  const window = createTargetWindow();
  for (let count = 0; count < 200; count += 1) window.connection(count >= refused);
  expect(window.judge().connectionSuccess).toMatchObject({ state, value });
});

test.each([
  ['ok', 1000],
  ['beyond target', 1001],
  ['beyond target', 1500],
  ['alarm', 1501],
])('streams at once are %s at a peak of %d', (state, peak) => {
  const window = createTargetWindow();
  window.openStreams(peak);
  window.openStreams(3);
  expect(window.judge().concurrentStreams).toMatchObject({ state, value: peak });
});

test('figures count for 50 seconds and no longer than a minute', () => {
  const window = createTargetWindow();
  window.firstChunk(2000);
  window.interval(300);
  window.connection(false);
  window.openStreams(1600);
  window.openStreams(2);
  const states = () => Object.values(window.judge()).map(({ state }) => state);
  vi.advanceTimersByTime(50_000);
  expect(states()).toEqual(['alarm', 'alarm', 'alarm', 'alarm']);
  vi.advanceTimersByTime(10_000);
  expect(states()).toEqual(['no data', 'no data', 'no data', 'ok']);
  window.firstChunk(100);
  expect(window.judge().firstChunkMs.state).toBe('ok');
});

test('streams that stay open count in every later slice', () => {
  const window = createTargetWindow();
  window.openStreams(1200);
  vi.advanceTimersByTime(600_000);
  expect(window.judge().concurrentStreams).toMatchObject({ state: 'beyond target', value: 1200 });
  window.openStreams(0);
  expect(window.judge().concurrentStreams.value).toBe(1200);
  vi.advanceTimersByTime(60_000);
  expect(window.judge().concurrentStreams.value).toBe(0);
});
