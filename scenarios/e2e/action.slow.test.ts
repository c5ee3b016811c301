import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { plainAnswer, startRawServer } from '../load/testing/raw-server.ts';

/** The composite action of GitHub, its scripts run as a runner runs them. */
const root = fileURLToPath(new URL('../../', import.meta.url));

const texts = z.record(z.string(), z.string());

const common = { id: z.string().optional(), if: z.string().optional() };

/** Of a composite action's manifest the parts that are used here; a runner refuses a key it does not know. */
const actionSchema = z.strictObject({
  name: z.string(),
  description: z.string().max(125),
  inputs: z.record(
    z.string(),
    z.strictObject({
      description: z.string(),
      required: z.boolean().optional(),
      default: z.string().optional(),
    }),
  ),
  outputs: z.record(z.string(), z.strictObject({ description: z.string(), value: z.string() })),
  runs: z.strictObject({
    using: z.literal('composite'),
    steps: z.array(
      z.union([
        z.strictObject({
          ...common,
          shell: z.literal('bash'),
          env: texts.optional(),
          run: z.string(),
        }),
        z.strictObject({
          ...common,
          uses: z.string().regex(/^actions\/[a-z-]+@v\d+$/),
          with: z.record(z.string(), z.union([z.string(), z.number()])),
        }),
      ]),
    ),
  }),
});

const source = readFileSync(join(root, 'action.yml'), 'utf8');
const action = actionSchema.parse(parse(source));
const scripts = action.runs.steps.flatMap((step) => ('run' in step ? [step] : []));
const [nodeScript, installScript, runScript, summaryScript] = scripts as [
  (typeof scripts)[number],
  (typeof scripts)[number],
  (typeof scripts)[number],
  (typeof scripts)[number],
];

let folder: string;
let nth = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-action-'));
  await mkdir(join(folder, 'of mine'));
  await writeFile(
    join(folder, 'of mine/quick.yaml'),
    `version: 1
description: of a test
behaviour: { text: { generate: { chars: 30 } }, firstToken: 20ms, interToken: 5ms }
load: { streams: 2, ramp: 0s, warmUp: 0s, window: 300ms }
`,
  );
  await writeFile(join(folder, 'bad.yaml'), 'version: 1\ndescription: bad\nlode: {}\n');
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs a step's script: its inputs in the place of its expressions, the files of a runner for its words. */
async function runStep(
  { run, env = {} }: (typeof scripts)[number],
  given: Record<string, string> = {},
  machine: NodeJS.ProcessEnv = {},
) {
  nth += 1;
  const output = join(folder, `output-${nth}`);
  const summary = join(folder, `summary-${nth}`);
  await Promise.all([writeFile(output, ''), writeFile(summary, 'of an earlier step\n')]);
  const defaults = Object.entries(action.inputs).map(([name, input]) => [
    name,
    input.default ?? '',
  ]);
  const inputs: Record<string, string> = { ...Object.fromEntries(defaults), ...given };
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
    cwd: folder,
    env: {
      ...process.env,
      NO_COLOR: '1',
      GITHUB_ACTION_PATH: root.replace(/\/$/, ''),
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      ...machine,
      ...Object.fromEntries(
        Object.entries(env).map(([name, value]) => [
          name,
          value.replace(
            /\$\{\{ inputs\.([a-z]+) \}\}/g,
            (_, input: string) => inputs[input] ?? '?',
          ),
        ]),
      ),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const [code] = (await once(child, 'close')) as [number];
  return {
    code,
    ...said,
    output: await readFile(output, 'utf8'),
    summary: await readFile(summary, 'utf8'),
  };
}

test('the steps use every input, and only inputs that exist', () => {
  const used = [...source.matchAll(/\$\{\{ inputs\.([a-z-]+) \}\}/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)));
  const ids = action.runs.steps.flatMap(({ id }) => id ?? []);
  const named = [...source.matchAll(/steps\.([a-z-]+)\.outputs/g)].map(([, id]) => id);
  expect(new Set(named)).toEqual(new Set(ids));
});

test('no script contains an expression, so input of a workflow is never run as code', () => {
  expect(scripts).toHaveLength(4);
  for (const { run } of scripts) expect(run).not.toContain('${{');
});

test('each script reads only environment variables that its runner or step sets', () => {
  const given = ['GITHUB_ACTION_PATH', 'GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'];
  for (const { run, env = {} } of scripts) {
    const used = [...run.matchAll(/\$\{?([A-Z_]+)/g)].map(([, name]) => name);
    expect([...given, ...Object.keys(env)]).toEqual(expect.arrayContaining(used));
    expect(used).toEqual(expect.arrayContaining(Object.keys(env)));
  }
});

test('a sufficiently new Node is used; an older one, or none, is not', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  expect((await runStep(nodeScript)).output).toBe('found=true\n');
  // As Node 18 would answer the same question.
  await writeFile(
    join(bin, 'node'),
    `#!/bin/sh\nexec '${process.execPath}' -e 'Object.defineProperty(process.versions, "node", { value: "18.20.4" });'"$2"\n`,
    { mode: 0o755 },
  );
  expect(await runStep(nodeScript, {}, { PATH: `${bin}:${process.env['PATH']}` })).toMatchObject({
    code: 0,
    output: '',
  });
  await rm(join(bin, 'node'));
  await writeFile(join(bin, 'node'), '', { mode: 0o644 });
  const { stdout: bash } = await runStep({ shell: 'bash', run: 'command -v bash' });
  await writeFile(join(bin, 'bash'), `#!/bin/sh\nexec ${bash.trim()} "$@"\n`, { mode: 0o755 });
  expect(await runStep(nodeScript, {}, { PATH: bin })).toMatchObject({ code: 0, output: '' });
});

test('the action installs and builds itself, with all that its build needs', () => {
  expect(installScript.run).toMatch(/^cd "\$GITHUB_ACTION_PATH"\nnpm ci --include=dev /);
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [, name = ''] = /npm run --silent (\S+)/.exec(installScript.run) ?? [];
  expect(scripts).toHaveProperty(name);
});

test('a run keeps its exit code, and its report is in the job summary', async () => {
  const inputs = { scenario: 'of mine/quick.yaml\n', out: 'a report' };
  const { code, output, stdout } = await runStep(runScript, inputs);
  expect(output).toBe(`exit-code=${code}\n`);
  expect(stdout).toContain('\nReport: a report/report.html\n');
  const { summary } = await runStep(summaryScript, inputs);
  expect(summary).toBe(
    `of an earlier step\n${await readFile(join(folder, 'a report', 'report.md'), 'utf8')}`,
  );
  expect((await readdir(join(folder, 'a report'))).length).toBeGreaterThan(5);
});

test('the summary has the report of each scenario; strict and target are passed on', async () => {
  await writeFile(join(folder, 'second.yaml'), await readFile(join(folder, 'of mine/quick.yaml')));
  // It turns every request away, so both fail, and a target that is not ours has no plans.
  const busy = await startRawServer((_, socket) => {
    socket.write(plainAnswer(503, 'text/plain', 'busy'));
  });
  const inputs = {
    scenario: 'of mine/quick.yaml\nsecond.yaml',
    target: busy.url,
    strict: 'true',
    out: 'both',
  };
  const { code, output } = await runStep(runScript, inputs);
  expect({ code, output }).toEqual({ code: 1, output: 'exit-code=1\n' });
  const { summary } = await runStep(summaryScript, inputs);
  // A machine that is late at something else makes a run invalid, which is a report as well.
  expect(summary.match(/^## .*: (?:quick|second)$/gm)).toHaveLength(2);
  expect(summary).toContain('strict: a missed target fails');
});

test('wrong input: exit code 2 with the reason, and an empty summary', async () => {
  for (const [scenario, why] of [
    ['bad.yaml', 'bad.yaml:3:1: unknown key "lode"'],
    ['', 'name a scenario, or write --target URL'],
    ['$(touch pwned); `touch pwned`', 'no such scenario in the catalogue'],
  ] as const) {
    const inputs = { scenario, out: 'nothing' };
    const { code, output, stderr } = await runStep(runScript, inputs, { GITHUB_ACTIONS: 'true' });
    expect({ code, output }).toEqual({ code: 2, output: 'exit-code=2\n' });
    expect(stderr).toContain(why);
    expect(stderr).toMatch(
      scenario === '' ? /^rehearsal: / : /\n::error file=\S.*,line=\d+,col=1::.*\n$/,
    );
    expect(await runStep(summaryScript, inputs)).toMatchObject({
      code: 0,
      summary: 'of an earlier step\n',
    });
  }
  expect(await readdir(folder)).not.toContain('pwned');
});

test('the examples in the documentation are YAML and have only inputs of the action', () => {
  const documentation = readFileSync(join(root, 'docs', 'ci.md'), 'utf8');
  const snippets = [...documentation.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, yaml = '']) => yaml,
  );
  expect(snippets.length).toBeGreaterThan(2);
  const withs = snippets.flatMap((yaml) => stepsOf(parse(yaml)));
  expect(withs.length).toBeGreaterThan(0);
  for (const given of withs) {
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    expect(Object.keys(given)).toContain('scenario');
  }
  const outputs = [...documentation.matchAll(/steps\.load\.outputs\.([a-z-]+)/g)].map(
    ([, name]) => name,
  );
  expect(Object.keys(action.outputs)).toEqual(expect.arrayContaining(outputs));
});

/** What steps anywhere in a workflow pass to this action. */
function stepsOf(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(stepsOf);
  if (typeof value !== 'object' || value === null) return [];
  const step = z
    .looseObject({
      uses: z.string().includes('/rehearsal@'),
      with: z.record(z.string(), z.unknown()).default({}),
    })
    .safeParse(value);
  return step.success ? [step.data.with] : Object.values(value).flatMap(stepsOf);
}
