import { expect, test } from 'vitest';

import { firstChunkMs, meanIntervalMs, poolTimes } from './stream-times.ts';
import { arrivalsAt, makeSample } from '../testing/make-sample.ts';

const stream = (...timesMs: number[]) => makeSample({ arrivals: arrivalsAt(...timesMs) });

test('the first chunk is the first message with text', () => {
  expect(firstChunkMs(stream(210, 260))).toBe(210);
  expect(firstChunkMs(stream())).toBeNull();
});

test('the interval is the time between first and last chunk by the gaps between them', () => {
  expect(meanIntervalMs(stream(200, 250, 320))).toBe(60);
});

test('a stream of one chunk has no interval', () => {
  expect(meanIntervalMs(stream(200))).toBeNull();
  expect(meanIntervalMs(stream())).toBeNull();
});

test('pooling leaves out what a stream has not, and never takes a gap across two streams', () => {
  const times = poolTimes([stream(200, 250, 320), stream(), stream(900), stream(100, 110)]);
  expect([...times.firstChunkMs]).toEqual([200, 900, 100]);
  expect([...times.intervalMs]).toEqual([60, 10]);
  expect([...times.gapMs]).toEqual([50, 70, 10]);
});
