import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { verdictExitCodes } from '../console/exit-codes.ts';
import { parseReport } from '../../reports/parse-report.ts';
import { startCommand, type Finished } from '../e2e/support/command.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const linux = process.platform === 'linux';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-outcome-'));
  await scenario('quick', 'total: 6, streams: 3, ramp: 0s');
  await scenario('long', 'streams: 4, ramp: 0s, warmUp: 0s, window: 5m');
  await scenario(
    'late',
    'total: 6, streams: 3, ramp: 0s',
    'targets: { firstChunk: { target: 1ms, alarm: 2ms } }',
  );
});

afterAll(() => rm(folder, { recursive: true }));

async function scenario(name: string, load: string, more = ''): Promise<void> {
  await writeFile(
    join(folder, `${name}.yaml`),
    `version: 1
description: a test
behaviour: { text: { generate: { chars: 50 } }, firstToken: 20ms, interToken: 10ms }
load: { ${load} }
${more}
`,
  );
}

const read = (out: string, name: string) => readFile(join(folder, out, name), 'utf8');

/** Runs a command that can write at most one kilobyte per file. */
function withShortFiles(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const words = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(' ');
    const child = execFile(
      'bash',
      ['-c', `ulimit -f 1; exec ${words}`],
      { cwd: folder },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

test('a run interrupted in its window writes a report that says so, and exits with 130', async () => {
  const run = startCommand(['run', 'long.yaml', '--out', 'interrupted'], { cwd: folder });
  await expect.poll(run.stderr).toContain('window');
  run.kill('SIGINT');
  const { code, stdout, stderr } = await run.ended;
  expect(code).toBe(130);
  expect(stderr).not.toMatch(/^rehearsal: /m);
  const report = parseReport(await read('interrupted', 'report.json'), 'report.json');
  expect(report).toMatchObject({
    interrupted: true,
    target: { ours: true },
    judgement: { verdict: 'invalid' },
  });
  expect(report.load.windowSec).toBeLessThan(200);
  const words = /Interrupted after [\d.]+ m?s of the window: .* there is no verdict\./;
  expect(stdout).toMatch(words);
  expect(await read('interrupted', 'report.html')).toMatch(words);
  expect(await read('interrupted', 'report.md')).toMatch(words);
  expect(await read('interrupted', 'junit.xml')).toContain('the run was interrupted');
  const samples = (await read('interrupted', 'streams.jsonl')).trimEnd().split('\n');
  const outcomes = samples.map((line) => (JSON.parse(line) as { outcome: string }).outcome);
  expect(outcomes.filter((outcome) => outcome === 'censored').length).toBeGreaterThan(0);
  expect(await runInProcess('report', join(folder, 'interrupted'))).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(words),
  });
}, 90_000);

test('after an interrupted run no other scenario starts', async () => {
  const run = startCommand(['run', 'long.yaml', 'quick.yaml', '--out', 'two'], { cwd: folder });
  await expect.poll(run.stderr).toContain('window');
  run.kill('SIGTERM');
  expect((await run.ended).code).toBe(143);
  expect(await readdir(join(folder, 'two'))).toEqual(['long']);
}, 90_000);

test.runIf(linux)(
  'a run whose files cannot be written prints its verdict, names the files, and exits with its code',
  async () => {
    const [good, bad] = [
      await withShortFiles('run', 'quick.yaml', '--out', 'full'),
      await withShortFiles('run', 'late.yaml', '--out', 'full'),
    ];
    const verdict = /^(PASS|WARN|FAIL|INVALID) /m.exec(good.stdout)?.[1]?.toLowerCase() ?? '';
    expect(good.code).toBe({ ...verdictExitCodes }[verdict] || 2);
    expect(bad.stdout).toMatch(/^(FAIL|INVALID) /m);
    expect(bad.code).toBeGreaterThan(0);
    for (const { stdout, stderr } of [good, bad]) {
      expect(stderr).toMatch(
        /^rehearsal: cannot write report\.json, .*report\.html.* to full: EFBIG/m,
      );
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stdout).not.toContain('Report:');
    }
  },
  90_000,
);

test.runIf(linux)(
  'a report and a comparison whose files cannot be written are still printed',
  async () => {
    await startCommand(['run', 'quick.yaml', '--out', 'complete'], { cwd: folder }).ended;
    const report = await withShortFiles('report', 'complete');
    expect(report).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('to complete: EFBIG'),
    });
    expect(report.stdout).toMatch(/^(PASS|WARN|FAIL|INVALID) /m);
    const comparison = await withShortFiles('compare', 'complete', 'complete', '--out', 'compared');
    expect(comparison.stderr).toContain('cannot write comparison.json');
    expect(comparison.stdout).toMatch(/^(NONE|INCONCLUSIVE|INVALID) /m);
  },
  90_000,
);
