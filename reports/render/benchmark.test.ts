import { expect, test } from 'vitest';
import { z } from 'zod';

import { buildReport } from '../build-report.ts';
import { renderBenchmark } from './benchmark.ts';
import type { Report } from '../report.ts';
import { exampleReport, hostileReport } from '../testing/example-report.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

/** What github-action-benchmark takes each entry apart into; it knows no other key. */
const entriesSchema = z.array(
  z.strictObject({
    name: z.string(),
    unit: z.string(),
    value: z.number(),
    range: z.string().optional(),
    extra: z.string().optional(),
  }),
);

const entriesOf = (report: Report) => entriesSchema.parse(JSON.parse(renderBenchmark(report)));

test('what is charted is less where it is better: times and failing shares', () => {
  const report = buildReport(exampleFacts(), [
    makeSample({ startAtMs: 12_000, arrivals: arrivalsAt(210, 260, 310) }),
    makeSample({ startAtMs: 13_000, outcome: 'cut', arrivals: arrivalsAt(230) }),
    makeSample({ startAtMs: 13_000, arrivals: arrivalsAt(220, 290) }),
    makeSample({ startAtMs: 14_000, status: 503, contentType: null, outcome: 'rejected' }),
  ]);
  expect(entriesOf(report)).toEqual([
    {
      name: 'healthy: time to first chunk, p50',
      unit: 'ms',
      value: 220,
      extra: 'p99 230 ms, max 230 ms, of 3',
    },
    {
      name: 'healthy: time to first chunk, p95',
      unit: 'ms',
      value: 230,
      extra: 'p99 230 ms, max 230 ms, of 3',
    },
    {
      name: 'healthy: interval between chunks, mean',
      unit: 'ms',
      value: 60,
      extra: 'p99 70 ms, max 70 ms, of 2',
    },
    {
      name: 'healthy: connections that fail, share',
      unit: '%',
      value: 25,
      extra: '4 streams judged',
    },
    { name: 'healthy: streams that fail, share', unit: '%', value: 50, extra: '4 streams judged' },
  ]);
});

test('where there are plans, lateness is charted, and a planned failure is none', () => {
  const planned = (outcome: 'completed' | 'cut') =>
    makePlanned({ latenessMs: [4], foretold: { outcome, detail: '' } });
  const report = buildReport(exampleFacts(), [
    makeSample({ startAtMs: 12_000, planned: planned('completed') }),
    makeSample({ startAtMs: 12_000, outcome: 'cut', planned: planned('cut') }),
  ]);
  expect(entriesOf(report).map(({ name, value }) => [name, value])).toEqual([
    ['healthy: arrival after its plan, p95', 4],
    ['healthy: connections that fail, share', 0],
    ['healthy: streams that fail, share', 0],
  ]);
});

test('names are the same from run to run, and each is there once', () => {
  const names = entriesOf(exampleReport()).map(({ name }) => name);
  expect(entriesOf(exampleReport({ seed: 7 })).map(({ name }) => name)).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
});

test('an invalid run enters no history', () => {
  expect(renderBenchmark(buildReport(exampleFacts(), []))).toBe('[]\n');
});

test('whatever others wrote, it is JSON of that form', () => {
  expect(entriesOf(hostileReport()).length).toBeGreaterThan(0);
});
