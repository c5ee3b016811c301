import { expect, test } from 'vitest';

import { buildReport } from './build-report.ts';
import { reportSchema } from './report.ts';
import { exampleReport } from './testing/example-report.ts';
import { exampleFacts } from './testing/example-run.ts';
import { arrivalsAt, makeSample } from './testing/make-sample.ts';

test('a built report is one by its own schema', () => {
  const report = exampleReport();
  expect(reportSchema.parse(report)).toEqual(report);
});

test('the report of no samples at all is one too, and invalid', () => {
  const report = buildReport(exampleFacts(), []);
  expect(reportSchema.parse(report)).toEqual(report);
  expect(report.judgement.verdict).toBe('invalid');
});

test('the same samples make the same report', () => {
  expect(JSON.stringify(exampleReport())).toBe(JSON.stringify(exampleReport()));
});

test('the window of the phases is what is measured and judged', () => {
  const report = buildReport(exampleFacts(), [
    makeSample({ startAtMs: 12_000, arrivals: arrivalsAt(200, 250, 300) }),
    makeSample({ phase: 'warm-up', startAtMs: 6000, arrivals: arrivalsAt(5000) }),
  ]);
  expect(report.metrics.messagesPerSec).toBeCloseTo(4 / 15, 10);
  expect(report.histograms.firstChunkMs?.counts.reduce((sum, count) => sum + count)).toBe(1);
  expect(report.histograms.latenessMs).toBeNull();
  expect(report.judgement).toMatchObject({ verdict: 'warn', invalidReasons: [] });
  expect(report.series.started).toHaveLength(14);
});

test('a run without a window cannot be judged', () => {
  expect(() => buildReport(exampleFacts({ phases: [] }), [])).toThrow(
    new RangeError('a run without a window cannot be judged'),
  );
});
