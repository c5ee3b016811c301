import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';

import { largestDrift, measureDrift } from './drift.ts';
import type { StreamSample } from '../sample.ts';
import { arrivalsAt, makeSample } from '../testing/make-sample.ts';

const window = { startAtMs: 1000, endAtMs: 4000 };

/** A hundred streams, 30 ms apart, with the first chunk and the interval that `times` gives for a place of 0 to 1. */
function streams(times: (place: number) => { first: number; interval: number }): StreamSample[] {
  return Array.from({ length: 100 }, (_, index) => {
    const { first, interval } = times(index / 100);
    return makeSample({
      startAtMs: 1000 + index * 30,
      arrivals: arrivalsAt(first, first + interval, first + 2 * interval),
    });
  });
}

test('a window that is the same from end to end has no drift', () => {
  const drift = measureDrift(
    streams(() => ({ first: 200, interval: 50 })),
    window,
  );
  expect(drift).toEqual({
    firstChunk: { fromMs: 200, toMs: 200, ratio: 0 },
    interval: { fromMs: 50, toMs: 50, ratio: 0 },
  });
  expect(largestDrift(drift)).toBe(0);
});

test('growth within the window is a share of its start, less the noise', () => {
  const drift = measureDrift(
    streams((place) => ({ first: place < 0.5 ? 200 : 310, interval: 50 })),
    window,
  );
  expect(drift.firstChunk).toEqual({ fromMs: 200, toMs: 310, ratio: 0.5 });
  expect(largestDrift(drift)).toBe(0.5);
});

test('what shrinks is drift as well', () => {
  const drift = measureDrift(
    streams((place) => ({ first: 200, interval: place < 0.5 ? 100 : 45 })),
    window,
  );
  expect(drift.interval).toEqual({ fromMs: 100, toMs: 45, ratio: 0.5 });
});

test('chance makes no drift: of 500 windows of wide spread not one is beyond the bound', () => {
  const random = seedrandom('drift');
  const noisy = () => 200 * Math.exp(2 * (random() + random() + random() - 1.5));
  const largest = Array.from({ length: 500 }, () => {
    const drift = measureDrift(
      streams(() => ({ first: noisy(), interval: noisy() })),
      window,
    );
    return largestDrift(drift) ?? 0;
  });
  expect(Math.max(...largest)).toBeLessThan(0.25);
});

test('a few streams, or none with text, say nothing', () => {
  const few = streams(() => ({ first: 200, interval: 50 })).filter((_, index) => index % 4 === 0);
  expect(measureDrift(few, window)).toEqual({ firstChunk: null, interval: null });
  expect(largestDrift(measureDrift([], window))).toBeNull();
});
