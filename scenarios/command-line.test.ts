import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';

import { faultWords } from '../mock-agent/faults/all-faults.ts';
import { describeFaults } from '../mock-agent/faults/describe-faults.ts';
import { catalogNames } from './catalog.ts';
import { runInProcess } from './e2e/support/run-in-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-command-line-'));
});

afterAll(() => rm(folder, { recursive: true }));

afterEach(() => vi.unstubAllEnvs());

async function scenarioFile(name: string, source: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `version: 1\ndescription: a test\n${source}`);
  return file;
}

test.each([
  '',
  'serve',
  'agent',
  'gateway',
  'run',
  'merge',
  'report',
  'compare',
  'ab',
  'plan',
  'scenarios',
  'faults',
  'record',
  'validate',
])('rehearsal %s --help prints the usage', async (command) => {
  const { code, stdout } = await runInProcess(...command.split(' ').filter(Boolean), '--help');
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: rehearsal ${command}`.trim());
});

test.each([
  [['frobnicate'], "error: unknown command 'frobnicate'"],
  [['serve', '--port', 'http'], 'Write a whole number from 0 to 65535.'],
  [['serve', '--port', '70000'], 'Write a whole number from 0 to 65535.'],
  [['gateway', '--max-streams', '0'], 'Write a whole number from 1.'],
  [
    ['agent', 'helthy'],
    'no such scenario in the catalogue; did you mean "healthy"? (docs/scenarios.md describes each)',
  ],
  [['agent', 'no-such-file.yaml'], 'no-such-file.yaml:1:1: there is no such file'],
  [['agent', '--log-level', 'loud'], 'Allowed choices are silent, error, warn, info, debug'],
  [['plan', 'healthy', '--seed', 'x'], 'Write a whole number.'],
  [
    ['plan', 'healthy', '--fault', 'stal'],
    '--fault: there is no "stal"; did you mean "stall"? (docs/faults.md describes each)',
  ],
  [
    ['run', 'healthy', '--target', 'ftp://x'],
    '--target: "ftp://x" is not a URL with http or https',
  ],
  [['run', 'healthy', '--out', '/proc/nowhere'], '--out: nothing can be written to /proc/nowhere'],
  [
    ['run', 'healthy', '--out', 'package.json/x'],
    '--out: nothing can be written to package.json/x',
  ],
  ...['run', 'merge', 'record', 'compare', 'ab'].map((command): [string[], string] => [
    [command, 'a', '--out', ''],
    "argument '' is invalid. Write at least one character.",
  ]),
  [['serve', '--drain', '1h'], 'the unit ms, s or m'],
  [['gateway', '--agent', 'http://localhost:50051'], 'write localhost:50051'],
  [['gateway', '--agent', 'localhost'], '--agent: "localhost" is invalid. It has no port'],
  [['gateway', '--proto', 'a.proto'], 'needs both --proto FILE and --service package.Service'],
  [['gateway', '--proto', 'no.proto', '--service', 'a.B'], 'rehearsal: no.proto cannot be read'],
  [['gateway', '--agent-ca', 'none.pem'], '--agent-ca: none.pem cannot be read: ENOENT'],
  [['gateway', '--agent-ca', 'package.json'], '--agent-ca: package.json has no certificate in PEM'],
  [['gateway', '--agent-key', 'key.pem'], '--agent-key: needs --agent-cert too'],
  [['gateway', '--fields', 'prompt=a,text=b'], '"text=b" is not name=field'],
])('rehearsal %j exits with code 2 and one line with the reason', async (args, reason) => {
  const { code, stderr, stdout } = await runInProcess(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(reason);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test.each(['serve', 'agent', 'gateway'])(
  '%s --print-options prints what is in force and starts nothing',
  async (command) => {
    vi.stubEnv('REHEARSAL_LOG_LEVEL', 'warn');
    const { stdout } = await runInProcess(command, '--print-options', '--drain', '2s');
    expect(stdout).toMatch(/^drain +2s +--drain$/m);
    expect(stdout).toMatch(/^log-level +warn +REHEARSAL_LOG_LEVEL$/m);
    expect(stdout).toMatch(/^host +127\.0\.0\.1 +default$/m);
  },
);

test('the help of a server shows default, unit and clause of an option', async () => {
  const { stdout } = await runInProcess('gateway', '--help');
  const help = stdout.replace(/\s+/g, ' ');
  expect(help).toContain(
    '--ping-interval <duration> time between two pings of an open stream (default: 15s) [C4]',
  );
  expect(help).toContain('--log-level is REHEARSAL_LOG_LEVEL');
});

test('plan prints a stream with an additional fault', async () => {
  const fault = '{"errorStatus":{"at":{"chars":20},"status":"INTERNAL"}}';
  const { stdout } = await runInProcess('plan', 'healthy', '--prompt', 'a', '--fault', fault);
  expect(stdout).toContain('faults    errorStatus\n');
  expect(stdout).toMatch(/client {4}200 failed GENERATION_ERROR/);
});

test('plan says that it excludes the slowing of a scenario', async () => {
  const file = await scenarioFile(
    'slowing',
    'behaviour: { slowing: { above: 9, perStream: 0.5% } }\n',
  );
  expect((await runInProcess('plan', file)).stdout).toContain(
    '\nslowing   not in this plan: 0.5% slower for each open stream beyond 9 when it starts\n',
  );
});

test('validate reports every problem of every file', async () => {
  const bad = await scenarioFile('bad', 'lode: {}\nbehaviour: { chunkChars: 0 }\n');
  const good = await scenarioFile('good', '');
  const problems = [
    'unknown key "lode"; did you mean "load"?',
    'behaviour.chunkChars: must be at least 1, not 0',
  ];
  const [first, second] = [`${bad}:3:1: ${problems[0]}\n`, `${bad}:4:14: ${problems[1]}\n`];
  vi.stubEnv('GITHUB_ACTIONS', '');
  expect(await runInProcess('validate', bad, good)).toEqual({
    code: 2,
    stdout: first + second,
    stderr: '',
  });
  vi.stubEnv('GITHUB_ACTIONS', 'true');
  const { stdout } = await runInProcess('validate', bad, good);
  expect(stdout).toBe(
    `${first}::error file=${bad},line=3,col=1::${problems[0]}\n` +
      `${second}::error file=${bad},line=4,col=14::${problems[1]}\n`,
  );
  const json = await runInProcess('validate', '--json', bad, good);
  expect({ ...json, stdout: JSON.parse(json.stdout) }).toEqual({
    code: 2,
    stdout: [
      { file: bad, line: 3, column: 1, message: problems[0] },
      { file: bad, line: 4, column: 14, message: problems[1] },
    ],
    stderr: '',
  });
  expect(await runInProcess('validate', '--json', good)).toMatchObject({ code: 0, stdout: '[]\n' });
  expect(await runInProcess('validate', good)).toMatchObject({
    code: 0,
    stdout: '1 file is valid\n',
  });
});

test('scenarios lists names with their sentences', async () => {
  const { code, stdout } = await runInProcess('scenarios');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^healthy +A healthy model, /);
  expect(stdout.trimEnd().split('\n')).toHaveLength((await catalogNames()).length);
  const own = await scenarioFile('own', '');
  const listed = await runInProcess('scenarios', own, '--json');
  expect(JSON.parse(listed.stdout)).toEqual([{ name: 'own', description: 'a test' }]);
});

test('faults lists every fault with its sentences, defaults and other names', async () => {
  const { code, stdout } = await runInProcess('faults');
  expect(code).toBe(0);
  for (const word of faultWords) expect(stdout).toMatch(new RegExp(`\\b${word}\\b`));
  expect(stdout).toContain('settings: at: underway, for: 5s');
  expect(JSON.parse((await runInProcess('faults', '--json')).stdout)).toEqual(describeFaults());
});

test.each([
  ['no-such-name', 'no such scenario in the catalogue'],
  ['no-such-file.yaml', 'no-such-file.yaml:1:1: there is no such file'],
])('serve %s ends before it starts a process', async (reference, reason) => {
  const { execPath } = process;
  onTestFinished(() => {
    process.execPath = execPath;
  });
  process.execPath = '/no-such-program';
  const { code, stderr } = await runInProcess('serve', 'healthy', reference);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
});
