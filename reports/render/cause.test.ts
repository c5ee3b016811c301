import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { causeOf } from './cause.ts';
import { headline } from './headline.ts';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import type { JudgedSample } from '../sample.ts';
import { targetsSchema } from '../targets.ts';
import { exampleReport } from '../testing/example-report.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

const notOurs = { url: 'https://staging.example/', ours: false, middle: false, insecure: false };

function reportOf(samples: Partial<JudgedSample>[], targets = {}) {
  return buildReport(
    exampleFacts({ target: notOurs, targets: targetsSchema.parse(targets) }),
    samples.map((changes) =>
      makeSample({ startAtMs: 12_000, arrivals: arrivalsAt(200, 250), ...changes }),
    ),
  );
}

const times = (count: number, changes: Partial<JudgedSample>) =>
  Array.from({ length: count }, () => changes);

const notFound: Partial<JudgedSample> = {
  outcome: 'rejected',
  status: 404,
  detail: 'status 404',
  arrivals: [],
};
const withCharset = { contentType: 'text/event-stream; charset=utf-8' };

test.each<[string, Partial<JudgedSample>[]]>([
  ['All 60 requests were answered 404', times(60, notFound)],
  ['2 of 3 requests were answered 404', [...times(2, notFound), {}]],
  [
    'All 2 requests were answered with content type text/html, not with a stream',
    times(2, { outcome: 'rejected', detail: 'content type text/html' }),
  ],
  [
    'All 2 requests found no connection: ECONNREFUSED',
    times(2, { outcome: 'refused', status: null, detail: 'ECONNREFUSED' }),
  ],
  [
    'All 2 streams ended with an error event: GENERATION_ERROR',
    times(2, { outcome: 'failed', detail: 'GENERATION_ERROR' }),
  ],
  [
    'All 2 streams were cut: body ended without a final message',
    times(2, { outcome: 'cut', detail: 'body ended without a final message' }),
  ],
  [
    'All 2 streams came with the content type "text/event-stream; charset=utf-8", and the specification wants exactly "text/event-stream" (B1, E2); the key targets.contentTypeParameters accepts parameters',
    times(2, withCharset),
  ],
])('a run fails with its cause first: %s', (cause, samples) => {
  const report = reportOf(samples);
  expect(report.judgement.verdict).toBe('fail');
  expect(causeOf(report)?.text).toBe(cause);
  expect(headline(report)).toMatch(/^.*\. Beyond the alarm: /s);
});

test('a run that is judged by plans fails with what went otherwise', () => {
  const planned = makePlanned({ foretold: { outcome: 'completed', detail: '' } });
  const report = reportOf([{ planned }, { ...notFound, planned }]);
  expect(causeOf(report)?.text).toBe(
    '1 of 2 streams ended otherwise than planned: planned "completed", seen "rejected: status 404"',
  );
});

test('a good run and an invalid one have no cause', () => {
  expect(causeOf(exampleReport())).toBeNull();
  expect(causeOf(buildReport(exampleFacts(), []))).toBeNull();
});

test('parameters of the content type count as connected where the scenario has it so', () => {
  const report = reportOf(times(2, withCharset), { contentTypeParameters: true });
  expect(report.judgement.targets[2]).toMatchObject({ name: 'connectionSuccess', state: 'ok' });
  expect(report.metrics.connectionSuccess).toBe(1);
  expect(renderTerminal(report, { colors: false, columns: 100 })).toContain(
    'content types   text/event-stream; charset=utf-8 (2 streams)',
  );
});

test('every rendering leads with the cause, and shows what a server wrote as text', () => {
  const report = reportOf(times(2, { ...notFound, detail: 'status 404 <b>|\u001B[31m' }));
  expect(renderTerminal(report, { colors: false, columns: 100 })).toMatch(
    /\nFAIL {2}All 2 requests were answered 404 <b>\|\uFFFD\[31m\. Beyond the alarm: [^\n]*$/,
  );
  expect(renderMarkdown(report)).toMatch(
    /^## ❌ FAIL: healthy\n\n\*\*All 2 requests were answered 404 &#60;b>&#124;/,
  );
  expect(renderHtml(report)).toContain(
    '<p class="headline">All 2 requests were answered 404 &#60;b&#62;|\uFFFD[31m. Beyond',
  );
  expect(renderJunit(report)).toContain(
    'message="All 2 requests were answered 404 &#60;b&#62;|\uFFFD[31m; share was 0 %, the alarm is &#60; 95 %"',
  );
});
