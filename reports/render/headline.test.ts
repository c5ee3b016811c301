import { expect, test } from 'vitest';

import { basis, headline, latenessNote, slowingNote } from './headline.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import type { Report } from '../report.ts';
import { targetsSchema } from '../targets.ts';
import { allAt, makeMetrics } from '../testing/make-metrics.ts';
import { exampleReport } from '../testing/example-report.ts';
import { judge } from '../verdict/verdict.ts';

function headlineOf(changes: Parameters<typeof makeMetrics>[0], strict = false): string {
  const report: Report = { ...exampleReport(), strict };
  const { health, load } = report;
  const targets = targetsSchema.parse({});
  return headline({
    ...report,
    judgement: judge(makeMetrics(changes), targets, load, health, { strict, expectations: null }),
  });
}

test('a pass says how many targets were judged', () => {
  expect(headlineOf({})).toBe('All 5 judged targets are met.');
});

test('a warning names what was missed, and that it is no worse', () => {
  expect(headlineOf({ firstChunkMs: allAt(600) })).toBe(
    'Missed: time to first chunk (600 ms). None is beyond its alarm.',
  );
  expect(headlineOf({ firstChunkMs: allAt(600) }, true)).toBe(
    'Missed: time to first chunk (600 ms). The run is strict.',
  );
});

test('a failure names what is beyond its alarm first, with what was measured', () => {
  expect(headlineOf({ firstChunkMs: allAt(600), streamSuccess: 0.4, connectionSuccess: 0.4 })).toBe(
    'Beyond the alarm: connections that succeed (40 %), streams that complete (40 %); missed: time to first chunk (600 ms).',
  );
});

test('an invalid run says that it judges nothing', () => {
  expect(headlineOf({ startLagMs: allAt(500), streamSuccess: 0 })).toBe(
    'This run judges nothing: the measuring side could not answer for its numbers.',
  );
});

test('the basis tells streams, load and seed', () => {
  expect(basis(exampleReport())).toMatch(
    /^\d+ streams judged; 20 at once were requested; seed 42$/,
  );
});

test('that a scenario slows down with load is said beside the lateness, and only there', () => {
  const said = 'This scenario slows down with load: lateness against the plan includes it.';
  const slowing = exampleReport({ slowsWithLoad: true });
  expect(slowingNote(slowing)).toBe(said);
  expect(slowingNote(exampleReport())).toBe('');
  expect(slowingNote({ ...slowing, metrics: { ...slowing.metrics, latenessMs: null } })).toBe('');
  expect(renderTerminal(slowing, { colors: false, columns: 100 })).toContain(`\n\n  ${said}\n\n`);
  expect(renderMarkdown(slowing)).toContain(`\n\n${said}\n\n`);
  expect(renderHtml(slowing)).toContain(`<p class="note">${said}</p>`);
});

test('an interrupted run says after how much of its window, whatever its figures', () => {
  const report = exampleReport({
    interrupted: true,
    load: { ...exampleReport().load, windowSec: 2.5 },
  });
  const words =
    'Interrupted after 2.5 s of the window: the figures are of that part, and there is no verdict.';
  expect(headline(report)).toBe(words);
  expect(report.judgement).toMatchObject({
    verdict: 'invalid',
    invalidReasons: [expect.stringContaining('the run was interrupted')],
  });
  expect(renderHtml(report)).toContain(words);
  expect(renderMarkdown(report)).toContain(words);
  expect(renderTerminal(report, { colors: false, columns: 100 })).toContain(words);
});

test('every rendering says who was late before our agent, the latest first', () => {
  const report = exampleReport();
  const latenessByHop = {
    requestMs: allAt(3),
    agentMs: allAt(2),
    gatewayMs: allAt(80),
    clientMs: allAt(0.5),
  };
  const ofMiddle: Report = {
    ...report,
    target: { url: 'http://gateway.example', ours: false, middle: true, insecure: false },
    metrics: { ...report.metrics, latenessByHop },
  };
  const note =
    'Late at the 95th percentile, the latest first: the gateway by 80 ms, the request on its way to our agent by 3 ms, our agent by 2 ms, our load client by 0.5 ms.';
  expect(latenessNote(ofMiddle)).toBe(note);
  const middle = 'a gateway that is not ours, before our own agent';
  const terminal = renderTerminal(ofMiddle, { colors: false, columns: 100 });
  for (const text of [renderHtml(ofMiddle), renderMarkdown(ofMiddle), terminal]) {
    expect(text).toContain(note);
    expect(text).toContain(middle);
  }
  expect(latenessNote(report)).toBe('');
  expect(latenessNote({ ...ofMiddle, metrics: report.metrics })).not.toBe(note);
});
