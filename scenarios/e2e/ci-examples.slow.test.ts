import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { verdictExitCodes } from '../console/exit-codes.ts';
import { startServer } from './support/command.ts';
import { startTimeoutMs, startTogether } from './support/start-together.ts';

const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));

const readExample = (name: string): unknown =>
  parse(readFileSync(new URL(`../../examples/ci/${name}`, import.meta.url), 'utf8'));

const texts = z.record(z.string(), z.coerce.string());
const stepsSchema = z.array(z.object({ run: z.string().optional() }));

const github = z
  .object({
    env: texts,
    jobs: z.object({
      start: z.object({ steps: stepsSchema }),
      shard: z.object({
        strategy: z.object({ matrix: z.object({ shard: z.array(z.number()) }) }),
        env: texts,
        steps: stepsSchema,
      }),
      merge: z.object({ steps: stepsSchema }),
    }),
  })
  .parse(readExample('github-shards.yml'));

const jobSchema = z.object({ script: z.array(z.string()) });
const gitlab = z
  .object({
    variables: texts,
    start: jobSchema,
    shard: jobSchema.extend({ parallel: z.number() }),
    merge: jobSchema,
  })
  .parse(readExample('gitlab-shards.yml'));

/** The lines of steps that call the command. */
const commandsOf = (steps: z.infer<typeof stepsSchema>) =>
  steps.flatMap(({ run = '' }) => (run.startsWith('rehearsal ') ? [run] : []));

const examples = [
  {
    name: 'github',
    start: github.jobs.start.steps.map(({ run = '' }) => run),
    env: github.env,
    shards: github.jobs.shard.strategy.matrix.shard.map((number) => ({
      env: { SHARD: String(number) },
      commands: commandsOf(github.jobs.shard.steps),
    })),
    merge: commandsOf(github.jobs.merge.steps),
  },
  {
    name: 'gitlab',
    start: gitlab.start.script,
    env: gitlab.variables,
    shards: Array.from({ length: gitlab.shard.parallel }, (_, index) => ({
      env: { CI_NODE_INDEX: String(index + 1), CI_NODE_TOTAL: String(gitlab.shard.parallel) },
      commands: gitlab.shard.script,
    })),
    merge: gitlab.merge.script,
  },
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-ci-'));
  const bin = join(folder, 'rehearsal');
  await writeFile(bin, `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
  await chmod(bin, 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

async function runScript(lines: string[], cwd: string, env: Record<string, string>) {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', lines.join('\n')], {
    cwd,
    env: { ...process.env, ...env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}

test.each(examples)(
  'the shards and the merge of the $name example run as they are written',
  { timeout: startTimeoutMs },
  async ({ name, env, start, shards, merge }) => {
    const cwd = join(folder, name);
    await mkdir(join(cwd, 'load'), { recursive: true });
    await writeFile(
      join(cwd, 'load/peak.yaml'),
      `version: 1
description: a test
behaviour: { text: { generate: { chars: 20 } }, firstToken: 20ms, interToken: 5ms }
load: { arrivals: { perSecond: 20 }, ramp: 0s, warmUp: 0s, window: 1s }
`,
    );
    const { origin } = await startServer('serve', [join(cwd, 'load/peak.yaml')]);
    const started = await runScript(start, cwd, { GITHUB_OUTPUT: 'start.env' });
    expect(started).toMatchObject({ code: 0 });
    const startAt = /=(\d+)\s*$/.exec(readFileSync(join(cwd, 'start.env'), 'utf8'))?.[1];
    const inSec = Number(startAt) - Date.now() / 1000;
    expect(inSec).toBeGreaterThan(240);
    expect(inSec).toBeLessThan(301);

    const { ended } = await startTogether((startAtMs) => {
      const soon = { ...env, TARGET: origin, START_AT: String(Math.ceil(startAtMs / 1000)) };
      return Promise.all(
        shards.map((shard) => runScript(shard.commands, cwd, { ...soon, ...shard.env })),
      );
    });
    expect(ended).toEqual(shards.map(() => expect.objectContaining({ code: 0 })));
    expect(await readdir(join(cwd, 'shards'))).toHaveLength(shards.length);
    const merged = await runScript(merge, cwd, env);
    // A machine that is too busy to judge says so.
    expect(Object.values<number | null>(verdictExitCodes)).toContain(merged.code);
    expect(await readdir(join(cwd, 'report'))).toContain('report.json');
  },
);

test('the examples divide the load by as many shards as they start', () => {
  const { matrix } = github.jobs.shard.strategy;
  const count = Number(github.env['SHARDS']);
  expect(matrix.shard).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  expect(github.jobs.shard.env).toEqual({
    SHARD: '${{ matrix.shard }}',
    START_AT: '${{ needs.start.outputs.at }}',
  });
});
