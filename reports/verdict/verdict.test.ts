import { expect, test } from 'vitest';

import type { Metrics } from '../metrics/metrics.ts';
import { targetsSchema } from '../targets.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { allAt, makeMetrics } from '../testing/make-metrics.ts';
import { judge } from './verdict.ts';

function judged(changes: Partial<Metrics>, strict = false, interrupted = false) {
  const targets = targetsSchema.parse({});
  const { health } = exampleFacts();
  return judge(makeMetrics(changes), targets, { streams: 1000, steady: true }, health, {
    strict,
    interrupted,
    expectations: null,
  });
}

test('every target met passes', () => {
  expect(judged({})).toMatchObject({ verdict: 'pass', invalidReasons: [] });
});

test('a missed target warns, and fails where the run is strict', () => {
  const missed = { firstChunkMs: allAt(600) };
  expect(judged(missed).verdict).toBe('warn');
  expect(judged(missed, true).verdict).toBe('fail');
});

test('a value beyond its alarm fails', () => {
  expect(judged({ firstChunkMs: allAt(1200) }).verdict).toBe('fail');
});

test('text other than planned fails: a mock that is not deterministic measures nothing', () => {
  expect(judged({ textMismatches: 1 }).verdict).toBe('fail');
});

test('what is not judged neither passes nor fails a run', () => {
  expect(judged({ intervalMs: null, textMismatches: null }, true).verdict).toBe('pass');
});

test('a measuring side that was too late makes a run invalid, whatever its targets say', () => {
  const { verdict, invalidReasons } = judged({ startLagMs: allAt(400), streamSuccess: 0 });
  expect(verdict).toBe('invalid');
  expect(invalidReasons).toHaveLength(1);
  expect(invalidReasons[0]).toContain('start of streams: 400 ms late at p99');
});

test('a window in which nothing started is invalid', () => {
  const streams = { total: 5, started: 0, judged: 0, censored: 0 };
  expect(judged({ streams })).toMatchObject({
    verdict: 'invalid',
    invalidReasons: ['no stream started in the window: make it longer than one stream takes'],
  });
});

test('a window whose every stream was censored is invalid', () => {
  const streams = { total: 5, started: 5, judged: 0, censored: 5 };
  expect(judged({ streams })).toMatchObject({
    verdict: 'invalid',
    invalidReasons: ['all 5 streams of the window were still open when the load ended'],
  });
});

test('the advice for an interrupted run is to run it again, without a word about its load', () => {
  const streams = { total: 5, started: 5, judged: 0, censored: 5 };
  expect(judged({ streams }, false, true).invalidReasons).toEqual([
    'the run was interrupted, and streams that were open are not counted: run it again',
  ]);
});
