import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { startGateway } from '../../gateway/server.ts';
import { generatePath } from '../../proto/interface.ts';
import { parseReport } from '../../reports/parse-report.ts';
import { runCommand, startCommand } from '../e2e/support/command.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-run-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function scenarioFile(name: string, source: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `version: 1\ndescription: a test\n${source}`);
  return file;
}

/** Returns the origin of a gateway without an agent, which answers every request with a 503. */
async function startAlone(): Promise<string> {
  const log = pino({ level: 'silent' });
  const gateway = await startGateway({ port: 0, agentAddress: '127.0.0.1:1' }, log);
  onTestFinished(gateway.close);
  return gateway.url;
}

test('run measures its own stack, writes a report and exits with the code of the verdict', async () => {
  const file = await scenarioFile(
    'quick',
    'behaviour: { text: { generate: { chars: 50 } }, firstToken: 50ms, interToken: 10ms }\n' +
      'load: { streams: 5, ramp: 200ms, warmUp: 500ms, window: 1s }\n',
  );
  const out = join(folder, 'out');
  const { code, stdout, stderr } = await runCommand('run', file, '--out', out);
  const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
  expect(report).toMatchObject({
    scenario: { name: 'quick' },
    target: { ours: true },
    metrics: { connectionSuccess: 1, streamSuccess: 1, textMismatches: 0, peakConcurrency: 5 },
  });
  expect(report.metrics.latenessMs?.count).toBeGreaterThan(0);
  expect(report.health.agent?.streamsStarted).toBeGreaterThan(5);
  expect(code).toBe({ pass: 0, warn: 0, fail: 1, invalid: 3 }[report.judgement.verdict]);
  expect(stdout).toContain(report.judgement.verdict.toUpperCase());
  expect(stderr).toMatch(/^quick: 5 streams at once\n(?:.*\n)*drain .*\n$/);
  expect((await readdir(out)).toSorted()).toEqual([
    'benchmark.json',
    'junit.xml',
    'report.html',
    'report.json',
    'report.md',
    'series.csv',
    'streams.jsonl',
  ]);
  expect((await readFile(join(out, 'streams.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(
    report.metrics.streams.total,
  );
});

test('run --target measures another server, and fails if its streams fail', async () => {
  const origin = await startAlone();
  const file = await scenarioFile(
    'down',
    'load: { streams: 2, ramp: 0s, warmUp: 0s, window: 500ms }\n',
  );
  const out = join(folder, 'down');
  const { code } = await runInProcess('run', file, '--out', out, '--target', origin);
  const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
  // A machine that is too busy to judge says so, of whatever it measured.
  expect(code).toBe({ pass: 0, warn: 0, fail: 1, invalid: 3 }[report.judgement.verdict]);
  expect(['fail', 'invalid']).toContain(report.judgement.verdict);
  expect(report).toMatchObject({
    target: { url: origin + generatePath, ours: false },
    metrics: { connectionSuccess: 0, latenessMs: null, textMismatches: null },
    health: { agent: null, gateway: null },
  });
  expect(report.failures[0]).toMatchObject({ outcome: 'rejected' });
});

test('run --dialect loads its own stack in another format, as planned', async () => {
  const file = await scenarioFile(
    'spoken',
    'behaviour: { text: { generate: { chars: 50 } }, firstToken: 50ms, interToken: 10ms }\n' +
      'load: { streams: 3, total: 6, ramp: 0s }\n',
  );
  const out = join(folder, 'spoken');
  await runCommand('run', file, '--dialect', 'anthropic-messages', '--out', out);
  const report = parseReport(await readFile(join(out, 'report.json'), 'utf8'), 'report.json');
  expect(report.target.url).toMatch(/\/v1\/messages$/);
  expect(report.scenario.description).toBe('a test (run with --dialect anthropic-messages)');
  expect(report).toMatchObject({
    metrics: { connectionSuccess: 1, streamSuccess: 1, textMismatches: 0 },
    expectations: { asForetold: 6, differences: [] },
  });
});

test('run names the format of a target that answers in another one', async () => {
  const origin = await startAlone();
  const file = await scenarioFile('other', 'load: { streams: 1, window: 1s }\n');
  const { code, stderr } = await runInProcess('run', file, '--target', `${origin}/v1/messages`);
  expect(code).toBe(2);
  expect(stderr).toContain('answers in Anthropic Messages format: --dialect anthropic-messages');
});

test('an interrupted run says so and writes nothing', async () => {
  const file = await scenarioFile('long', 'load: { streams: 2, window: 1m }\n');
  const run = startCommand(['run', file], { cwd: folder });
  await expect.poll(run.stderr).toContain('2 streams at once');
  run.kill('SIGINT');
  expect(await run.ended).toMatchObject({
    code: 130,
    stdout: '',
    stderr: expect.stringContaining('interrupted; no report was written'),
  });
  expect(await readdir(folder)).not.toContain('reports');
});
