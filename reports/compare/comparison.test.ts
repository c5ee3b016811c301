import { expect, test } from 'vitest';

import { compareRuns } from './comparison.ts';
import { fingerprintMachine } from '../fingerprint.ts';
import { renderComparisonMarkdown } from '../render/comparison-markdown.ts';
import { renderComparisonTerminal } from '../render/comparison-terminal.ts';
import type { Report } from '../report.ts';
import { makeRun } from '../testing/make-runs.ts';

const options = { paired: false, margin: 0.02, noise: null };

const five = (ms: number, changes: Partial<Report> = {}) =>
  Array.from({ length: 5 }, () => makeRun(ms, changes));

const invalid: Partial<Report> = {
  judgement: {
    ...makeRun(200).judgement,
    verdict: 'invalid',
    invalidReasons: ['the load client was late'],
  },
};

const elsewhere: Partial<Report> = {
  fingerprint: {
    ...makeRun(200).fingerprint,
    machine: fingerprintMachine({ ...makeRun(200).environment, cpus: 64, cpuModel: 'Other <CPU>' }),
  },
};

const terminal = (comparison: ReturnType<typeof compareRuns>) =>
  renderComparisonTerminal(comparison, { colors: false });

test('one time that is worse makes the answer, and is named', () => {
  const comparison = compareRuns(five(200), five(220), options);
  expect(comparison.answer).toBe('regression');
  expect(terminal(comparison)).toContain(
    'REGRESSION  Head is worse than base: first chunk, p50; first chunk, p95.',
  );
  expect(terminal(comparison)).toMatch(
    /first chunk, p50 +200 ms +220 ms +\+20 ms \(\+10 %\) +\+20 ms to \+20 ms +regression/,
  );
});

test('nothing worse is none', () => {
  const comparison = compareRuns(five(200), five(200), options);
  expect(comparison.answer).toBe('none');
  expect(terminal(comparison)).toContain(
    'NONE  Head is not worse than base by more than the margin.',
  );
});

test('a run a side is inconclusive, and the notes say how to get an answer', () => {
  const comparison = compareRuns([makeRun(200)], [makeRun(400)], options);
  expect(comparison.answer).toBe('inconclusive');
  expect(terminal(comparison)).toContain(
    'fewer than 5 runs a side are too few for a confidence interval, and nothing is recorded of how much equal sides differ here (`rehearsal ab --aa`)',
  );
});

test('times of another machine are refused by the name of what differs, counts are compared', () => {
  const cut = { ...makeRun(200).metrics, textMismatches: 1 };
  const comparison = compareRuns(five(200), five(900, elsewhere), options);
  expect(comparison.answer).toBe('inconclusive');
  expect(comparison.refusal).toBe(
    'the machines differ (cpuModel: Example CPU @ 2.50GHz against Other <CPU>; cpus: 2 against 64)',
  );
  expect(comparison.times.every(({ answer }) => answer === 'not-judged')).toBe(true);
  expect(renderComparisonMarkdown(comparison)).not.toContain('<CPU>');
  const worse = compareRuns(five(200), five(200, { ...elsewhere, metrics: cut }), options);
  expect(worse.answer).toBe('regression');
});

test('an invalid run is left out, and with it its partner of a pair', () => {
  const base = five(200);
  const head = [makeRun(900, invalid), ...five(200).slice(1)];
  const apart = compareRuns(base, head, options);
  expect(apart.runs).toEqual({ base: 5, head: 4 });
  expect(apart.leftOut).toEqual(['1 of 5 runs of head: the load client was late']);
  expect(compareRuns(base, head, { ...options, paired: true }).runs).toEqual({ base: 4, head: 4 });
});

test('a side without a valid run answers nothing, unless its streams went wrong', () => {
  const comparison = compareRuns(five(200), five(200, invalid), options);
  expect(comparison).toMatchObject({ answer: 'invalid', times: [], counts: [] });
  expect(terminal(comparison)).toContain(
    'INVALID  No count is worse, but a side has no run whose measuring side was in time.',
  );
  const wrong = { ...invalid, metrics: { ...makeRun(200).metrics, textMismatches: 1 } };
  expect(compareRuns(five(200), five(200, wrong), options).answer).toBe('regression');
});

test('where a run has no text at all, that is said, and nothing stands for what is not there', () => {
  const mute = { ...makeRun(200).metrics, firstChunkMs: null };
  const comparison = compareRuns(five(200), five(200, { metrics: mute }), options);
  expect(terminal(comparison)).toContain(
    'A run has no stream with text: first chunks are not compared.',
  );
  expect(terminal(comparison)).not.toContain('first chunk, p50');
});

test('the Markdown has the answer as its heading and a row for every time', () => {
  const text = renderComparisonMarkdown(compareRuns(five(200), five(220), options));
  expect(text).toMatch(/^## ❌ REGRESSION: healthy\n\n\*\*Head is worse than base: /);
  expect(text).toContain(
    '| first chunk, p50 | 200 ms | 220 ms | +20 ms (+10 %) | +20 ms to +20 ms | regression |',
  );
});
