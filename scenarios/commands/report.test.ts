import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { verdictExitCodes } from '../console/exit-codes.ts';
import { renderings } from '../../reports/render/renderings.ts';
import type { Report } from '../../reports/report.ts';
import { exampleReport } from '../../reports/testing/example-report.ts';
import { runCommand, startCommand, type Finished } from '../e2e/support/command.ts';
import { runInProcess } from '../e2e/support/run-in-process.ts';

let folder: string;
let run: Finished;
let runFolder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-report-'));
  runFolder = join(folder, 'run');
  const scenario = join(folder, 'quick.yaml');
  await writeFile(
    scenario,
    `version: 1
description: of a test
behaviour: { text: { generate: { chars: 50 } }, firstToken: 50ms, interToken: 10ms }
load: { streams: 3, ramp: 0s, warmUp: 0s, window: 500ms }
`,
  );
  run = await runCommand('run', scenario, '--out', runFolder);
});

afterAll(() => rm(folder, { recursive: true }));

/** Writes a folder with only a report, as CI archives it. */
async function stored(name: string, report: unknown): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await writeFile(join(path, 'report.json'), JSON.stringify(report));
  return path;
}

function withVerdict(verdict: Report['judgement']['verdict']): Report {
  const report = exampleReport();
  return { ...report, judgement: { ...report.judgement, verdict } };
}

const contentsOf = async (path: string) =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(path)).map(async (name) => [name, await readFile(join(path, name), 'utf8')]),
    ),
  ) as Record<string, string>;

test('report reproduces the files, the table and the exit code of a stored run exactly', async () => {
  const before = await contentsOf(runFolder);
  const again = join(folder, 'again');
  await mkdir(again);
  await cp(join(runFolder, 'report.json'), join(again, 'report.json'));
  const { code, stdout, stderr } = await runInProcess('report', again);
  expect(stderr).toBe('');
  expect(stdout).toBe(run.stdout.replace(runFolder, again));
  expect(code).toBe(run.code);
  expect({ ...(await contentsOf(again)), 'streams.jsonl': before['streams.jsonl'] }).toEqual(
    before,
  );
});

test('report accepts a report file of any name', async () => {
  const kept = join(folder, 'kept');
  await mkdir(kept);
  await writeFile(join(kept, 'baseline.json'), JSON.stringify(exampleReport()));
  const { code, stdout } = await runInProcess('report', join(kept, 'baseline.json'));
  expect(code).toBe(0);
  expect(stdout).toContain(`\nReport: ${join(kept, 'report.html')}\n`);
  expect((await readdir(kept)).toSorted()).toEqual(
    ['baseline.json', ...Object.keys(renderings)].toSorted(),
  );
});

test('the worst verdict of several runs decides the exit code', async () => {
  const [passed, invalid, failed] = await Promise.all([
    stored('passed', withVerdict('pass')),
    stored('invalid', withVerdict('invalid')),
    stored('failed', withVerdict('fail')),
  ]);
  expect((await runInProcess('report', passed, invalid)).code).toBe(verdictExitCodes.invalid);
  const { code, stdout } = await runInProcess('report', passed, failed, invalid);
  expect(code).toBe(verdictExitCodes.fail);
  expect(stdout.match(/^Report: /gm)).toHaveLength(3);
});

test('a missing, damaged or old report is one message, and nothing is written', async () => {
  const { seed: _, ...incomplete } = exampleReport();
  const empty = join(folder, 'empty');
  const torn = await stored('torn', 'x');
  await mkdir(empty);
  await writeFile(join(torn, 'report.json'), '{"version": ');
  const [old, damaged] = await Promise.all([
    stored('old', { version: 1, tool: { name: 'rehearsal', version: '0.0.7' } }),
    stored('damaged', incomplete),
  ]);
  const messages: string[] = [];
  for (const path of [join(folder, 'nowhere'), empty, torn, old, damaged]) {
    const { code, stdout, stderr } = await runInProcess('report', path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect((await readdir(path).catch(() => [])).length).toBeLessThan(2);
    messages.push(stderr.replaceAll(folder, ''));
  }
  expect(messages).toEqual([
    'rehearsal: /nowhere: there is no such folder or file; name the folder of a run\n',
    'rehearsal: /empty/report.json: there is no such file\n',
    'rehearsal: /torn/report.json: no report: it is not JSON\n',
    expect.stringMatching(
      /^rehearsal: \/old\/report\.json: report version 1, but .* written by rehearsal 0\.0\.7,.*\n$/,
    ),
    expect.stringMatching(
      /^rehearsal: \/damaged\/report\.json: no valid report\n.*must be a number.*\n.*at seed\n$/,
    ),
  ]);
});

test('piped output has no colours unless they are forced', async () => {
  const reportWith = (env: NodeJS.ProcessEnv) =>
    startCommand(['report', runFolder], { env: { ...process.env, ...env } }).ended;
  const escape = String.fromCodePoint(27);
  expect((await reportWith({ FORCE_COLOR: undefined, NO_COLOR: undefined })).stdout).not.toContain(
    escape,
  );
  expect((await reportWith({ FORCE_COLOR: '1', NO_COLOR: undefined })).stdout).toContain(escape);
  expect((await reportWith({ FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(escape);
});
