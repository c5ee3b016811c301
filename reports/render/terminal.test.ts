import { stripVTControlCharacters } from 'node:util';

import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { renderTerminal } from './terminal.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { exampleReport, hostileReport } from '../testing/example-report.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

const plain = { colors: false, columns: 100 };

test('a run is two tables, a few facts and the verdict last', () => {
  const samples = [
    makeSample({
      startAtMs: 12_000,
      arrivals: arrivalsAt(700, 750, 800),
      planned: makePlanned({
        latenessMs: [0, 1, 2],
        foretold: { outcome: 'completed', detail: '' },
      }),
    }),
    makeSample({
      startAtMs: 13_000,
      startLagMs: 3,
      arrivals: arrivalsAt(300),
      outcome: 'failed',
      detail: 'GENERATION_ERROR',
      planned: makePlanned({ latenessMs: [], foretold: { outcome: 'completed', detail: '' } }),
    }),
  ];
  const report = buildReport(
    exampleFacts({ load: { ...exampleFacts().load, streams: 2 } }),
    samples,
  );
  expect(renderTerminal(report, plain).split('\n')).toEqual([
    'healthy  http://127.0.0.1:8080',
    '2 streams judged; 2 at once were requested; seed 42',
    '',
    '     target                             seen    wanted     alarm',
    '  !  time to first chunk, p95         700 ms  < 500 ms     > 1 s',
    '  ✓  interval between chunks, mean     50 ms  < 100 ms  > 200 ms',
    '  ✓  connections that succeed, share   100 %    > 99 %    < 95 %',
    '  ✗  streams that complete, share       50 %    > 99 %    < 95 %',
    '  –  streams at once, peak                 1   ≥ 1,000   > 1,500',
    '  ✓  text other than planned, count        0         0       > 0',
    '',
    '  time to first chunk: p95 was 700 ms, the target is < 500 ms',
    '  streams that complete: share was 50 %, the alarm is < 95 %',
    '  streams at once: the load asked for 2 at once, fewer than the target',
    '',
    '                             p50     p95     p99     max  count',
    '  first chunk             300 ms  700 ms  700 ms  700 ms      2',
    '  interval, per stream     50 ms   50 ms   50 ms   50 ms      1',
    '  gap, any                 50 ms   50 ms   50 ms   50 ms      2',
    '  arrival after its plan    1 ms    2 ms    2 ms    2 ms      3',
    '  load started late         0 ms    3 ms    3 ms    3 ms      2',
    '',
    '  outcomes        completed 1, failed 1',
    '                  1 × failed: GENERATION_ERROR',
    '  of all streams  100 % connected, 50 % completed',
    '  by their plans  1 of 2 streams as planned, 1 otherwise',
    '                  1 × completed -> failed: GENERATION_ERROR',
    '  goodput         0 streams completed in time by both targets (0 %), 0 a second',
    '  stalls          no gap longer than 1 s',
    '  load            1 open at most, 0.13 on average, 0.27 messages/s, 26.7 B/s',
    '  loop delay p99  client 11.2 ms, agent 8.1 ms, gateway 14.8 ms',
    '',
    'FAIL  1 of 2 streams ended otherwise than planned: planned "completed", seen "failed: GENERATION_ERROR". Beyond the alarm: streams that complete (50 %); missed: time to first chunk (700 ms).',
  ]);
});

test('without colours there is no escape sequence, with them there are', () => {
  expect(renderTerminal(exampleReport(), plain)).not.toContain('\u001B');
  expect(renderTerminal(exampleReport(), { ...plain, colors: true })).toContain(
    '\u001B[32mPASS\u001B[0m  All 5 judged targets are met.',
  );
});

test('colours change nothing but colours', () => {
  const colored = renderTerminal(exampleReport(), { ...plain, colors: true });
  expect(stripVTControlCharacters(colored)).toBe(renderTerminal(exampleReport(), plain));
});

test('a narrow terminal gets tables without alarms and counts', () => {
  const narrow = renderTerminal(exampleReport(), { colors: false, columns: 60 });
  expect(narrow).toMatch(/seen +wanted\n/);
  expect(narrow).toMatch(/p99 +max\n/);
});

test('times have rows for what was measured, and no table where nothing was', () => {
  const { health } = exampleFacts();
  const facts = exampleFacts({ health: { ...health, agent: null } });
  const rejected = makeSample({ startAtMs: 12_000, status: 503, outcome: 'rejected' });
  const text = renderTerminal(buildReport(facts, [rejected]), plain);
  expect(text).toMatch(/p50 .*count\n {2}load started late .*\n\n/);
  expect(renderTerminal(buildReport(facts, []), plain)).not.toContain('p50');
});

test('an invalid run gives its reasons before the verdict', () => {
  const text = renderTerminal(buildReport(exampleFacts(), []), plain);
  expect(text).toContain(
    '  ? no stream started in the window: make it longer than one stream takes',
  );
  expect(text.split('\n').at(-1)).toMatch(/^INVALID {2}/);
});

test('what others wrote cannot steer the terminal', () => {
  const text = renderTerminal(hostileReport(), plain);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  expect(text).toContain('<script>alert("x")</script>');
});
