import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';

import { compareRuns, defaultMargin } from './comparison.ts';
import type { Report } from '../report.ts';
import { allAt } from '../testing/make-metrics.ts';
import { makeRun } from '../testing/make-runs.ts';

/** Normally distributed: Box and Muller, 1958. */
function normalFrom(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Ten runs whose times each vary by themselves, by a share of what they are. */
function noisyRuns(random: () => number, spread: number, moreMs = 0): Report[] {
  const vary = (ms: number) => ms * (1 + spread * normalFrom(random));
  return Array.from({ length: 10 }, () => {
    const run = makeRun(0);
    return makeRun(0, {
      metrics: {
        ...run.metrics,
        firstChunkMs: { ...allAt(0), p50: vary(200) + moreMs, p95: vary(300) + moreMs },
        intervalMs: allAt(vary(200)),
        gapMs: allAt(vary(200)),
        durationMs: allAt(vary(3000)),
        latenessMs: allAt(vary(200)),
        messagesPerSec: vary(1000),
      },
    });
  });
}

function countRegressions(trials: number, spread: number, moreMs: number): number {
  const random = seedrandom.xor4096(`noise ${spread} ${moreMs}`);
  let regressions = 0;
  for (let trial = 0; trial < trials; trial += 1) {
    const { answer } = compareRuns(noisyRuns(random, spread), noisyRuns(random, spread, moreMs), {
      paired: true,
      margin: defaultMargin,
      noise: null,
    });
    if (answer === 'regression') regressions += 1;
  }
  return regressions;
}

test('equal sides are called worse in one of twenty trials at most, however noisy all seven times are', () => {
  expect(countRegressions(100, 0.2, 0)).toBeLessThanOrEqual(5);
});

test('ten milliseconds on the first token are called a regression in nine of ten trials where runs vary as here', () => {
  expect(countRegressions(30, 0.014, 10)).toBeGreaterThanOrEqual(27);
});
