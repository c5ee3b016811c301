import { expect, test } from 'vitest';

import { countArrivals } from './open-load.ts';
import { makeSample } from '../testing/make-sample.ts';
import { describeArrivals } from '../render/words.ts';

const window = { startAtMs: 1000, endAtMs: 3000 };

test('requested is what was due in the window, achieved what was written in it', () => {
  const samples = [
    makeSample({ startAtMs: 900, startLagMs: 200 }),
    makeSample({ startAtMs: 1000 }),
    makeSample({ startAtMs: 2000 }),
    makeSample({ startAtMs: 2900, startLagMs: 150 }),
    makeSample({ startAtMs: 2950, startLagMs: 150 }),
    makeSample({ startAtMs: 3000 }),
  ];
  const droppedAtMs = [500, 1500, 2500, 3500];
  const arrivals = countArrivals(samples, window, { law: 'constant', droppedAtMs });
  expect(arrivals).toEqual({
    law: 'constant',
    requestedPerSec: 3,
    achievedPerSec: 1.5,
    dropped: 2,
  });
  expect(describeArrivals(arrivals)).toBe(
    '3 a second requested (constant), 1.5 achieved, 2 dropped: too many streams were open',
  );
});
