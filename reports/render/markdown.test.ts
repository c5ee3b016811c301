import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { renderMarkdown } from './markdown.ts';
import { exampleReport, hostileReport } from '../testing/example-report.ts';
import { exampleFacts } from '../testing/example-run.ts';

test('the verdict and its sentence come first', () => {
  expect(renderMarkdown(exampleReport()).split('\n').slice(0, 3)).toEqual([
    '## ✅ PASS: healthy',
    '',
    '**All 5 judged targets are met.**',
  ]);
});

test('every target has a row, those not judged with their reason', () => {
  const text = renderMarkdown(exampleReport());
  expect(text).toContain(
    '| interval between chunks | mean | 50 ms | < 100 ms | > 200 ms | ✅ met |',
  );
  expect(text).toContain('not judged: the load asked for 20 at once, fewer than the target |');
});

test('an invalid run gives its reasons', () => {
  expect(renderMarkdown(buildReport(exampleFacts(), []))).toContain(
    '> no stream started in the window: make it longer than one stream takes\n',
  );
});

test('all rows of a table have as many cells as its head, whatever others wrote', () => {
  for (const table of renderMarkdown(hostileReport()).split(/\n\n/)) {
    const rows = table.split('\n').filter((line) => line.startsWith('| '));
    const cells = new Set(rows.map((row) => row.split('|').length));
    expect(cells.size).toBeLessThan(2);
  }
});

test('what others wrote makes no markup, link or mention', () => {
  const text = renderMarkdown(hostileReport());
  // The address is a code span.
  const outsideFence = text.slice(0, text.indexOf('````')).replace(/target `` .* ``$/m, '');
  expect(outsideFence).not.toMatch(/<(?=[A-Za-z/!?])(?!\/?details>|\/?summary>)/);
  expect(outsideFence).not.toMatch(/http:|@team|\[|`|#1(?!\d*;)/);
  expect(outsideFence).toContain('&#64;&#8203;team &#35;&#8203;1');
});

test('the scenario is fenced by more backticks than it has in a row', () => {
  const text = renderMarkdown(hostileReport());
  expect(text).toContain('\n````yaml\n<script>');
  expect(text.trimEnd()).toMatch(/\n````\n\n<\/details>$/);
});

test('it fits into a comment, whatever the length of what others wrote', () => {
  const report = exampleReport();
  const long = 'a word, ';
  const source = `${'# a line of the scenario\n'.repeat(10_000)}# ${'`'.repeat(30)}\n`;
  const text = renderMarkdown({
    ...report,
    scenario: { ...report.scenario, description: long.repeat(10_000), source },
    failures: Array.from({ length: 10 }, () => ({
      outcome: 'failed',
      detail: long.repeat(1000),
      count: 1,
    })),
  });
  expect(text.length).toBeLessThan(65_536);
  expect(text.length).toBeGreaterThan(60_000);
  expect(text).toMatch(
    /\n# a line of the scenario\n`{3}\n\nThe scenario is too long .* `report\.json`\.\n\n<\/details>\n$/,
  );
});

test('a scenario that no fence can hold is left out', () => {
  const report = exampleReport();
  const source = `# ${'`'.repeat(30_000)}\n# end\n`.repeat(2);
  const text = renderMarkdown({ ...report, scenario: { ...report.scenario, source } });
  expect(text.length).toBeLessThan(65_536);
  expect(text).toMatch(/<summary>Scenario<\/summary>\n\nThe scenario is too long/);
});
