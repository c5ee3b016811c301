import { expect, test } from 'vitest';

import { compareTimes, type TimeOptions } from './compare-times.ts';
import { recordNoise } from './noise.ts';
import type { Report } from '../report.ts';
import { allAt } from '../testing/make-metrics.ts';
import { makeRun } from '../testing/make-runs.ts';

const options: TimeOptions = { paired: true, margin: 0.02, noise: null, refusal: '' };

/** What comes of the median of the first chunk. */
function firstChunkOf(
  base: readonly number[],
  head: readonly number[],
  changes: Partial<TimeOptions> = {},
) {
  const [runsOfBase, runsOfHead] = [base, head].map((side) => side.map((ms) => makeRun(ms)));
  const times = compareTimes(runsOfBase ?? [], runsOfHead ?? [], { ...options, ...changes });
  return times.find(({ name }) => name === 'firstChunkP50');
}

const repeat = (count: number, value: number) => Array.from({ length: count }, () => value);

test('ten milliseconds more in each of eight pairs are a regression', () => {
  expect(firstChunkOf(repeat(8, 200), repeat(8, 210))).toMatchObject({
    base: 200,
    head: 210,
    change: 10,
    interval: { low: 10, high: 10 },
    margin: 4,
    answer: 'regression',
    reason: '',
  });
});

test('less by more than the margin is an improvement, and no change is none', () => {
  expect(firstChunkOf(repeat(8, 200), repeat(8, 190))?.answer).toBe('improvement');
  expect(firstChunkOf(repeat(8, 200), repeat(8, 200))?.answer).toBe('none');
});

test('a sure change within the margin is none: of the share, and never less than 2 ms', () => {
  expect(firstChunkOf(repeat(8, 200), repeat(8, 204))?.answer).toBe('none');
  expect(firstChunkOf(repeat(8, 200), repeat(8, 204.1))?.answer).toBe('regression');
  expect(firstChunkOf(repeat(8, 20), repeat(8, 22))?.answer).toBe('none');
  expect(firstChunkOf(repeat(8, 20), repeat(8, 22.1))?.answer).toBe('regression');
  expect(firstChunkOf(repeat(8, 200), repeat(8, 215), { margin: 0.1 })?.answer).toBe('none');
});

test('what pairs have in common is no change, however much it is', () => {
  const drifting = [100, 150, 210, 260, 330, 400, 480, 900];
  const later = drifting.map((ms) => ms + 30);
  expect(firstChunkOf(drifting, later)).toMatchObject({
    change: 30,
    interval: { low: 30, high: 30 },
    answer: 'regression',
  });
  expect(firstChunkOf(drifting, later, { paired: false })?.answer).toBe('inconclusive');
});

test('an interval that reaches across the margin is inconclusive', () => {
  const head = [200, 220, 190, 240, 210, 180, 230, 205];
  expect(firstChunkOf(repeat(8, 200), head)).toMatchObject({
    answer: 'inconclusive',
    reason: 'the interval reaches across the margin',
  });
});

test('fewer than eight pairs have no interval, however clear they look', () => {
  expect(firstChunkOf(repeat(7, 200), repeat(7, 400))).toMatchObject({
    change: 200,
    interval: null,
    answer: 'inconclusive',
    reason: 'fewer than 8 pairs are too few for a confidence interval',
  });
});

test('runs that are no pairs need five a side', () => {
  const unpaired = { paired: false };
  expect(firstChunkOf(repeat(5, 200), repeat(6, 210), unpaired)?.answer).toBe('regression');
  expect(firstChunkOf(repeat(5, 200), repeat(4, 210), unpaired)).toMatchObject({
    interval: null,
    answer: 'inconclusive',
  });
});

test('a run a side is judged by what equal sides differ by here', () => {
  // Eight differences of 1 ms: a deviation of √(8/7), and four of them, and its own doubt: 4.54 ms.
  const differences = [1, -1, 1, -1, 1, -1, 1, -1];
  const equal = { name: 'firstChunkP50', differences, interval: { low: -1, high: 1 }, margin: 4 };
  const { fingerprint, startedAt } = makeRun(200);
  const noise = recordNoise([equal], { fingerprint, recordedAt: startedAt, pairs: 8 });
  expect(noise.times['firstChunkP50']?.visible).toBe(5);
  expect(noise.times['firstChunkP50']?.visibleOfOneRun).toBeCloseTo(8.536, 3);
  const judged = (ms: number) => firstChunkOf([200], [ms], { paired: false, noise })?.answer;
  expect(judged(208)).toBe('inconclusive');
  expect(judged(209)).toBe('regression');
  expect(judged(191)).toBe('improvement');
});

test('of a rate less is worse, and 99th percentiles are shown only', () => {
  const runs = (metrics: Partial<Report['metrics']>) =>
    repeat(8, 200).map((ms) => makeRun(ms, { metrics: { ...makeRun(ms).metrics, ...metrics } }));
  const times = compareTimes(
    runs({ messagesPerSec: 1000, gapMs: allAt(50), durationMs: null }),
    runs({ messagesPerSec: 900, gapMs: allAt(90), durationMs: null }),
    options,
  );
  const answers = Object.fromEntries(times.map(({ name, answer }) => [name, answer]));
  expect(answers).toMatchObject({
    messagesPerSec: 'regression',
    gapP95: 'regression',
    gapP99: 'not-judged',
    firstChunkP99: 'not-judged',
    durationMean: 'not-judged',
  });
});
