import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { renderHtml } from './html.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderTerminal } from './terminal.ts';
import { exampleReport } from '../testing/example-report.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

/** Of 16 streams 5 were to fail, and did: 2 of them had no stream at all. */
const report = buildReport(
  exampleFacts(),
  Array.from({ length: 16 }, (_, n) => {
    const rejected = { outcome: 'rejected', detail: 'status 503' } as const;
    const failed = { outcome: 'failed', detail: 'GENERATION_ERROR' } as const;
    const ending =
      n < 2 ? rejected : n < 5 ? failed : ({ outcome: 'completed', detail: '' } as const);
    return makeSample({
      ...ending,
      status: n < 2 ? 503 : 200,
      startAtMs: 12_000,
      arrivals: arrivalsAt(200, 250),
      planned: makePlanned({ foretold: ending }),
    });
  }),
);

const ofStreams = 'judged by plan: ended as planned 100 %, 68.75 % completed';
const ofConnections = 'judged by plan: of all streams 87.5 % connected';

test('shares that are judged by plan say so, and what they are of all streams', () => {
  const terminal = renderTerminal(report, { colors: false, columns: 100 });
  expect(terminal).toContain(`  streams that complete: ${ofStreams}\n`);
  expect(terminal).toContain(`  connections that succeed: ${ofConnections}\n`);
  expect(renderMarkdown(report)).toContain(`| ✅ met; ${ofStreams} |`);
  expect(renderHtml(report)).toContain(`<p class="reason">${ofStreams}</p>`);
  expect(renderJunit(report)).toContain(`alarm &#60; 95 %; ${ofStreams}</system-out>`);
});

test('where all were to complete there is nothing to say', () => {
  const good = exampleReport();
  expect(renderTerminal(good, { colors: false, columns: 100 })).not.toContain('judged by plan');
});
