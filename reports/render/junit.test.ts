import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';

import { buildReport } from '../build-report.ts';
import { renderJunit } from './junit.ts';
import type { Report } from '../report.ts';
import { exampleReport, hostileReport } from '../testing/example-report.ts';
import { exampleFacts } from '../testing/example-run.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** Reads XML as a strict reader does: what is not well-formed, or no character of XML, throws. */
function parseXml(xml: string): Element {
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return top.children[0] as Element;
}

/** Of each element of `junit-10.xsd` that is used here: what it must have, and may have. */
const schema: Record<string, { must: string[]; may: string[]; children: string[] }> = {
  testsuites: {
    must: [],
    may: ['name', 'time', 'tests', 'failures', 'errors'],
    children: ['testsuite'],
  },
  testsuite: {
    must: ['name', 'tests', 'failures', 'errors'],
    may: ['time', 'skipped', 'timestamp', 'hostname', 'id', 'package'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { must: [], may: [], children: ['property'] },
  property: { must: ['name', 'value'], may: [], children: [] },
  testcase: {
    must: ['name'],
    may: ['time', 'classname'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  skipped: { must: [], may: ['type', 'message'], children: [] },
  error: { must: [], may: ['type', 'message'], children: [] },
  failure: { must: [], may: ['type', 'message'], children: [] },
  'system-out': { must: [], may: [], children: [] },
};

function problemsOf({ name, attributes, children }: Element): string[] {
  const rule = schema[name];
  if (rule === undefined) return [`${name} is unknown`];
  const { must, may, children: allowed } = rule;
  const has = Object.keys(attributes);
  return [
    ...must.filter((each) => !has.includes(each)).map((each) => `${name} without ${each}`),
    ...has.filter((each) => ![...must, ...may].includes(each)).map((each) => `${name} has ${each}`),
    ...children.filter((c) => !allowed.includes(c.name)).map((c) => `${c.name} in ${name}`),
    ...children.flatMap(problemsOf),
  ];
}

/** The tests of a report's one suite, by their names: how each ended and what it says. */
function testsOf(report: Report): Record<string, { end: string; message: string; said: string }> {
  const root = parseXml(renderJunit(report));
  const cases = root.children[0]?.children.filter(({ name }) => name === 'testcase') ?? [];
  return Object.fromEntries(
    cases.map(({ attributes, children }) => {
      const end = children.find(({ name }) => name !== 'system-out');
      const said = children.find(({ name }) => name === 'system-out')?.text ?? '';
      const message = end?.attributes['message'] ?? '';
      return [attributes['name'], { end: end?.name ?? 'passed', message, said }];
    }),
  );
}

const endsOf = (report: Report) =>
  Object.fromEntries(Object.entries(testsOf(report)).map(([name, { end }]) => [name, end]));

/** Two streams: one slow, one that failed though its plan was to complete. */
function failingReport(changes: Parameters<typeof exampleFacts>[0] = {}): Report {
  const planned = makePlanned({
    latenessMs: [1],
    foretold: { outcome: 'completed', detail: '' },
  });
  return buildReport(exampleFacts(changes), [
    makeSample({ startAtMs: 12_000, arrivals: arrivalsAt(700, 750, 800), planned }),
    makeSample({
      startAtMs: 13_000,
      arrivals: arrivalsAt(300),
      outcome: 'failed',
      detail: 'GENERATION_ERROR',
      planned,
    }),
  ]);
}

test('a run is one suite with a test for each target, the plans and the validity', () => {
  expect(renderJunit(exampleReport())).toContain(
    `<testsuites name="rehearsal" tests="8" failures="0" errors="0" time="30.000">
  <testsuite name="healthy" tests="8" failures="0" errors="0" skipped="1" time="30.000" timestamp="2025-10-21T08:30:00">
    <properties>
      <property name="target" value="http://127.0.0.1:8080 (our own mock)"/>
`,
  );
  expect(endsOf(exampleReport())).toEqual({
    'time to first chunk, p95': 'passed',
    'interval between chunks, mean': 'passed',
    'connections that succeed, share': 'passed',
    'streams that complete, share': 'passed',
    'streams at once, peak': 'skipped',
    'text other than planned, count': 'passed',
    'streams as planned': 'passed',
    'validity: the measuring side was in time and steady': 'passed',
  });
});

test('a passed test says what was seen, and a skipped one why it was not judged', () => {
  const tests = testsOf(exampleReport());
  expect(tests['interval between chunks, mean']?.said).toBe(
    'seen 50 ms, wanted < 100 ms, alarm > 200 ms',
  );
  expect(tests['streams at once, peak']?.message).toBe(
    'the load asked for 20 at once, fewer than the target',
  );
  expect(tests['validity: the measuring side was in time and steady']?.said).toContain(
    'load client, event loop: p99 11.2 ms, bound 50 ms\n',
  );
});

test('what made the run fail is a failure; a missed target is none, unless the run was strict', () => {
  const tests = testsOf(failingReport());
  expect(tests['streams that complete, share']).toEqual({
    end: 'failure',
    message:
      '1 of 2 streams ended otherwise than planned: planned "completed", seen "failed: GENERATION_ERROR"; share was 50 %, the alarm is < 95 %',
    said: 'seen 50 %, wanted > 99 %, alarm < 95 %; share was 50 %, the alarm is < 95 %',
  });
  expect(tests['streams as planned']).toEqual({
    end: 'failure',
    message: '1 of 2 streams as planned, 1 otherwise',
    said: '1 of 2 streams as planned, 1 otherwise\n1 × completed -> failed: GENERATION_ERROR',
  });
  expect(tests['time to first chunk, p95']).toMatchObject({
    end: 'passed',
    said: expect.stringContaining('p95 was 700 ms, the target is < 500 ms'),
  });
  expect(endsOf(failingReport({ strict: true }))).toMatchObject({
    'time to first chunk, p95': 'failure',
  });
});

test('streams that went otherwise than planned fail nothing where the run passed all the same', () => {
  const { targets } = exampleFacts();
  const anyShare = { target: 0, alarm: 0 };
  const report = failingReport({ targets: { ...targets, streamSuccess: anyShare } });
  expect(report.expectations?.otherwise).toBe(1);
  expect(endsOf(report)).toMatchObject({ 'streams as planned': 'passed' });
});

test('an invalid run is an error, and nothing else of it is judged', () => {
  const { health } = exampleFacts();
  const loopDelayMs = { p50: 1, p99: 80, max: 90 };
  const report = failingReport({
    health: { ...health, client: { ...health.client, loopDelayMs } },
  });
  const { 'validity: the measuring side was in time and steady': validity, ...others } =
    testsOf(report);
  expect(validity).toMatchObject({
    end: 'error',
    message: expect.stringContaining('load client, event loop: 80 ms late at p99'),
  });
  expect(new Set(Object.values(others).map(({ end }) => end))).toEqual(new Set(['skipped']));
  expect(renderJunit(report)).toContain('failures="0" errors="1"');
});

test('a server that is not ours has no plans', () => {
  const report = buildReport(exampleFacts(), [makeSample({ startAtMs: 12_000 })]);
  expect(Object.keys(endsOf(report))).not.toContain('streams as planned');
});

test.each<[string, Report]>([
  ['passed', exampleReport()],
  ['failed', failingReport()],
  ['invalid', buildReport(exampleFacts(), [])],
  ['hostile', hostileReport()],
])('a %s run is well-formed, of the form that Jenkins takes, and counts its tests', (_, report) => {
  const root = parseXml(renderJunit(report));
  expect(problemsOf(root)).toEqual([]);
  const [suite] = root.children as [Element];
  const cases = suite.children.filter(({ name }) => name === 'testcase');
  const count = (end: string) =>
    String(cases.filter(({ children }) => children.some(({ name }) => name === end)).length);
  expect(suite.attributes).toMatchObject({
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  });
});

test('what others wrote stays text, without a character that no XML may have', () => {
  const report = exampleReport();
  const name = ']]><x a="1">&amp; \u0000\u001B[31m\u202E\uFFFF\uD800 写一段 🎉';
  const [suite] = parseXml(renderJunit({ ...report, scenario: { ...report.scenario, name } }))
    .children as [Element];
  expect(suite.attributes['name']).toBe(']]><x a="1">&amp; ��[31m��� 写一段 🎉');
});
