import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { renderSeries } from './series.ts';
import { exampleReport } from '../testing/example-report.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { arrivalsAt, makeSample } from '../testing/make-sample.ts';

test('a second of the load is a row, under a head that names the columns with their units', () => {
  const report = buildReport(exampleFacts(), [
    makeSample({ startAtMs: 100, durationMs: 1200, arrivals: arrivalsAt(200.5, 1000) }),
  ]);
  const rows = renderSeries(report).split('\r\n');
  const head = rows[0]?.split(',') ?? [];
  const column = (name: string) =>
    rows.slice(1, -1).map((row) => row.split(',')[head.indexOf(name)]);
  expect(head).toEqual(['second', ...Object.keys(report.series)]);
  expect(column('second')).toEqual(['0', '1']);
  expect(column('messages')).toEqual(['1', '1']);
  expect(column('firstChunkP50Ms')).toEqual(['200.5', '']);
});

test('every row has as many fields as the head, and ends its line', () => {
  const report = exampleReport();
  const rows = renderSeries(report).split('\r\n');
  expect(rows.pop()).toBe('');
  expect(rows).toHaveLength(report.series.openStreams.length + 1);
  expect(new Set(rows.map((row) => row.split(',').length)).size).toBe(1);
});

test('a run without a stream has the head alone', () => {
  expect(renderSeries(buildReport(exampleFacts(), []))).toMatch(/^second,openStreams,.*\r\n$/);
});
