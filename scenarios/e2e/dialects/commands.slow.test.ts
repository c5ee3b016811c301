import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { parseReport } from '../../../reports/parse-report.ts';
import type { StreamLine } from '../../../reports/render/streams.ts';
import { verdictExitCodes } from '../../console/exit-codes.ts';
import { runCommand, startServer } from '../support/command.ts';
import { runInProcess } from '../support/run-in-process.ts';
import { startTimeoutMs, startTogether } from '../support/start-together.ts';

/** What `run`, `merge`, `compare` and `ab` do with loads in dialects. */

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-dialects-'));
  file = join(folder, 'loop.yaml');
  await writeFile(
    file,
    `version: 1
description: a test
behaviour:
  text: { generate: { chars: 40 } }
  firstToken: 20ms
  interToken: 2ms
cases:
  - when: { hasTools: true, hasToolResult: false }
    behaviour:
      firstToken: 20ms
      interToken: 2ms
      toolCalls: [{}]
load:
  streams: 2
  total: 6
  ramp: 0s
  request:
    dialect: openai-chat
    tools: [{ name: look_up }]
  conversation:
    turns: [Hello, Once more]
`,
  );
});

afterAll(() => rm(folder, { recursive: true }));

const readReport = async (path: string) =>
  parseReport(await readFile(join(path, 'report.json'), 'utf8'), 'report.json');

const keysIn = async (path: string) =>
  (await readFile(join(path, 'streams.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StreamLine)
    .map(({ key, turn, step, outcome, textSha256 }) =>
      [key, turn, step, outcome, textSha256].join(' '),
    )
    .toSorted((a, b) => (a < b ? -1 : 1));

test(
  'the shards of a load with conversations in a dialect are one report, which names the dialect',
  { timeout: startTimeoutMs },
  async () => {
    const serve = () => startServer('serve', [file]);
    const args = ['run', file, '--dialect', 'anthropic-messages', '--target'];
    const whole = join(folder, 'whole');
    await runCommand(...args, (await serve()).origin, '--out', whole);
    const outs = [1, 2].map((number) => join(folder, `shard-${number}`));
    const { ended } = await startTogether(async (startAtMs) => {
      const { origin } = await serve();
      const startAt = new Date(startAtMs).toISOString();
      return Promise.all(
        outs.map((out, index) => {
          const shard = ['--shard', `${index + 1}/2`, '--start-at', startAt, '--out', out];
          return runCommand(...args, origin, ...shard);
        }),
      );
    });
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    const merged = join(folder, 'merged');
    const { stdout } = await runCommand('merge', ...outs, '--out', merged);
    expect(stdout).toContain('; format anthropic-messages');
    const report = await readReport(merged);
    expect(report.load.dialect).toBe('anthropic-messages');
    expect(report.fingerprint.scenario).toEqual((await readReport(whole)).fingerprint.scenario);
    expect(report.metrics.outcomes).toMatchObject({ completed: 24 });
    expect(await keysIn(merged)).toEqual(await keysIn(whole));
    expect(await readFile(join(merged, 'report.md'), 'utf8')).toContain(
      'format anthropic-messages',
    );
    expect(await readFile(join(merged, 'report.html'), 'utf8')).toContain('anthropic-messages');
  },
);

test('runs in different dialects are not compared', async () => {
  const out = join(folder, 'chat');
  await runCommand('run', file, '--out', out);
  const report = await readReport(out);
  expect(report.expectations).toMatchObject({ asForetold: 24, otherwise: 0 });
  const other = join(folder, 'other');
  await runCommand('run', file, '--dialect', 'ai-sdk-ui', '--out', other);
  const compared = await runInProcess('compare', out, other);
  expect(compared).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('dialect: openai-chat against ai-sdk-ui'),
  });
});

test('ab --dialect compares two servers in one format', { timeout: startTimeoutMs }, async () => {
  const entry = fileURLToPath(new URL('../../../dist/bin/main.js', import.meta.url));
  const serve = `"${process.execPath}" "${entry}" serve "${file}" --port $PORT --agent-port 0 --log-level error`;
  // A retry must not find the runs of the first attempt.
  const out = await mkdtemp(join(folder, 'ab-'));
  const pair = ['--base', serve, '--head', serve, '--pairs', '1', '--out', out];
  const { code, stdout } = await runCommand('ab', file, '--dialect', 'openai-responses', ...pair);
  expect(stdout).not.toContain('REGRESSION');
  // On a busy machine the times are not valid, which the counts do not need.
  expect([verdictExitCodes.pass, verdictExitCodes.invalid]).toContain(code);
  for (const side of ['base', 'head']) {
    const { load, metrics } = await readReport(join(out, side, '1'));
    expect([side, load.dialect, metrics.outcomes.completed]).toEqual([
      side,
      'openai-responses',
      24,
    ]);
  }
});
