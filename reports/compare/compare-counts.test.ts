import { expect, test } from 'vitest';

import { compareCounts } from './compare-counts.ts';
import type { Report } from '../report.ts';
import type { Outcome } from '../sample.ts';
import { makeRun } from '../testing/make-runs.ts';

/**
 * Returns the report of a run without plans.
 * @param ended the number of streams for each outcome except `completed`, which all others have
 */
function runOf(judged: number, ended: Partial<Record<Outcome, number>> = {}): Report {
  const run = makeRun(200);
  const others = Object.values(ended).reduce((sum, count) => sum + count, 0);
  return {
    ...run,
    expectations: null,
    metrics: {
      ...run.metrics,
      textMismatches: null,
      streams: { total: judged, started: judged, judged, censored: 0 },
      outcomes: { ...run.metrics.outcomes, completed: judged - others, ...ended },
    },
  };
}

const compare = (base: Report[], head: Report[]) => compareCounts({ base, head }, { base, head });

const answersOf = (base: Report[], head: Report[]) =>
  Object.fromEntries(compare(base, head).map(({ name, answer }) => [name, answer]));

test('one failure of a kind that base has not is a regression', () => {
  expect(compare([runOf(1000)], [runOf(900), runOf(1000, { cut: 1 })])).toEqual([
    {
      name: 'cut',
      label: 'cut',
      base: { count: 0, of: 1000 },
      head: { count: 1, of: 1900 },
      answer: 'regression',
    },
  ]);
  expect(answersOf([runOf(1000, { reset: 9 })], [runOf(1000, { stalled: 9 })])).toEqual({
    reset: 'none',
    stalled: 'regression',
  });
});

test('streams that break and are resumed are a regression, though they complete', () => {
  const run = runOf(1000);
  const resumed = { ...run, metrics: { ...run.metrics, reconnects: { count: 9, streams: 4 } } };
  expect(compare([run], [resumed])).toEqual([
    {
      name: 'resumed',
      label: 'resumed after a break',
      base: { count: 0, of: 1000 },
      head: { count: 4, of: 1000 },
      answer: 'regression',
    },
  ]);
});

test('as many failures of more streams are no more, and more than chance explains are', () => {
  expect(answersOf([runOf(1000, { failed: 50 })], [runOf(1020, { failed: 54 })])).toEqual({
    failed: 'none',
  });
  expect(answersOf([runOf(1000, { failed: 50 })], [runOf(1020, { failed: 100 })])).toEqual({
    failed: 'regression',
  });
  expect(answersOf([runOf(1000, { failed: 100 })], [runOf(1020, { failed: 50 })])).toEqual({
    failed: 'improvement',
  });
});

test('the bound of chance is one in a thousand, by Fisher’s exact test', () => {
  // All of 6 against 1 of 6: 7 / 924 = 0.0076. All of 8 against 1 of 8: 9 / 11440 = 0.00079.
  expect(answersOf([runOf(6, { cut: 1 })], [runOf(6, { cut: 6 })])).toEqual({ cut: 'none' });
  expect(answersOf([runOf(8, { cut: 1 })], [runOf(8, { cut: 8 })])).toEqual({ cut: 'regression' });
});

test('streams that the load left or ended itself are no failures', () => {
  expect(compare([runOf(10)], [runOf(10, { left: 4, censored: 2 })])).toEqual([]);
});

test('where every stream has a plan, failures that are planned are none', () => {
  const planned = (changes: Partial<NonNullable<Report['expectations']>>): Report => {
    const run = runOf(100, { cut: 30 });
    const { expectations } = makeRun(200);
    if (expectations === null) throw new Error('the example has plans');
    return { ...run, expectations: { ...expectations, open: 0, ...changes } };
  };
  const asPlanned = planned({ asForetold: 100, otherwise: 0 });
  expect(compare([runOf(100)], [asPlanned])).toMatchObject([{ name: 'cut' }]);
  expect(compare([asPlanned], [asPlanned])).toEqual([]);
  expect(answersOf([asPlanned], [planned({ asForetold: 99, otherwise: 1 })])).toEqual({
    otherwise: 'regression',
  });
  const unheard = planned({ cancels: { expected: 3, seen: 2 } });
  expect(answersOf([asPlanned], [unheard])).toEqual({ cancelsMissed: 'regression' });
});

test('of runs in which the load client was late, only what it cannot have made itself counts', () => {
  const [base, late] = [[runOf(10)], [runOf(10, { cut: 1, stalled: 1, 'timed-out': 1 })]];
  const counts = compareCounts({ base, head: late }, { base, head: [] });
  expect(counts.map(({ name }) => name)).toEqual(['cut']);
});
