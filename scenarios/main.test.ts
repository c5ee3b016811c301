import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { generatePath } from '../proto/interface.ts';
import { planSha256, type StreamPlan } from '../mock-agent/plan/plan.ts';
import { parseReport } from '../reports/parse-report.ts';
import { runCommand, startCommand } from './e2e/support/command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-main-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function scenarioFile(name: string, source: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, `version: 1\ndescription: a test\n${source}`);
  return file;
}

const addressOf = (line: string) => /\S+$/.exec(line)?.[0] ?? '';

test.each([
  '',
  'serve',
  'agent',
  'gateway',
  'run',
  'report',
  'compare',
  'ab',
  'plan',
  'record',
  'validate',
])('rehearsal %s --help says what there is', async (command) => {
  const { code, stdout } = await runCommand(...command.split(' ').filter(Boolean), '--help');
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: rehearsal ${command}`.trim());
});

test.each([
  [['frobnicate'], "error: unknown command 'frobnicate'"],
  [['serve', '--port', 'http'], 'a port is a whole number from 0 to 65535'],
  [['serve', '--port', '70000'], 'a port is a whole number from 0 to 65535'],
  [['gateway', '--max-streams', '0'], 'it is a whole number from 1'],
  [['agent', '--log-level', 'loud'], 'Allowed choices are silent, error, warn, info, debug'],
  [['plan', 'healthy', '--seed', 'x'], 'a seed is a whole number'],
  [
    ['plan', 'healthy', '--fault', 'stal'],
    '--fault: there is no "stal"; did you mean "stall"? (docs/faults.md describes each)',
  ],
  [['serve', 'no-such-name'], 'no such scenario in the catalogue, which has agent-down, benchmark'],
  [
    ['serve', 'helthy'],
    'no such scenario in the catalogue; did you mean "healthy"? (docs/scenarios.md describes each)',
  ],
  [['serve', 'no-such-file.yaml'], 'no-such-file.yaml:1:1: there is no such file'],
  [
    ['run', 'healthy', '--target', 'ftp://x'],
    '--target: "ftp://x" is not a URL with http or https',
  ],
  [['run', 'healthy', '--out', '/proc/nowhere'], '--out: nothing can be written to /proc/nowhere'],
  [
    ['run', 'healthy', '--out', 'package.json/x'],
    '--out: nothing can be written to package.json/x',
  ],
  [['gateway', '--agent', 'http://localhost:50051'], 'write localhost:50051'],
  [['gateway', '--agent', 'localhost'], '--agent: "localhost" has no port'],
  [['gateway', '--proto', 'a.proto'], 'needs both: --proto FILE and --service package.Service'],
  [['gateway', '--proto', 'no.proto', '--service', 'a.B'], 'rehearsal: no.proto cannot be read'],
  [['gateway', '--fields', 'prompt=a,text=b'], '"text=b" is none; write name=field'],
  [['gateway', '--host', '256.0.0.1'], '--port: 256.0.0.1:8080 is not an address of this machine'],
])('rehearsal %j is bad usage: exit code 2 and a line that says why', async (args, why) => {
  const { code, stderr, stdout } = await runCommand(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(why);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a port in use is one clear line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const said = await Promise.all([
    runCommand('serve', '--port', `${port}`, '--agent-port', '0'),
    runCommand('serve', '--port', '0', '--agent-port', `${port}`),
    runCommand('agent', '--agent-port', `${port}`),
    runCommand('gateway', '--port', `${port}`),
  ]);
  taken.close();
  const line = (flag: string) =>
    `rehearsal: ${flag}: 127.0.0.1:${port} is in use; choose another, or 0 for a free one\n`;
  expect(said.map(({ code, stderr }) => [code, stderr])).toEqual([
    [2, line('--port')],
    [2, line('--agent-port')],
    [2, line('--agent-port')],
    [2, line('--port')],
  ]);
});

test('serve names its address first, streams, and ends cleanly when told to', async () => {
  const serve = startCommand(['serve', '--port', '0', '--agent-port', '0']);
  const endpoint = addressOf(await serve.firstLine);
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/ai\/generate$/);
  const response = await fetch(`${endpoint}?prompt=hello`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  serve.kill('SIGTERM');
  expect(await response.text()).toContain('"code":"SHUTTING_DOWN"');
  const { code, stderr } = await serve.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/^\{"level":30,.*"cause":"SHUTTING_DOWN".*\}\n$/);
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
});

test('serve prints a curl line that works when pasted', async () => {
  const serve = startCommand(['serve', '--port', '0', '--agent-port', '0']);
  await serve.firstLine;
  serve.kill('SIGINT');
  const { stdout, code } = await serve.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ {2}curl -N http:\S+ -H 'Content-Type: application\/json' -d '\{"prompt": "Write a story"\}'$/m,
  );
  expect(stdout).toMatch(/^scenario {2}healthy: /m);
  expect(stdout).toMatch(/^seed {6}1$/m);
  expect(stdout).toMatch(/^others {4}agent-down, benchmark, /m);
  expect(stdout).toMatch(/^ {2}curl -N 'http:\S+\?prompt=hello&scenario=error-after-text'$/m);
});

test('serve without names has the whole catalogue, and starts untouched by its own warm-up', async () => {
  const serve = startCommand(['serve', '--port', '0', '--agent-port', '0']);
  const endpoint = addressOf(await serve.firstLine);
  const read = async (path: string) => (await fetch(new URL(path, endpoint))).text();
  const counts = (await read('/metrics')).matchAll(
    /^rehearsal_gateway_\w+_(?:total|count).* (\d+)$/gm,
  );
  expect(new Set(Array.from(counts, ([, count]) => count))).toEqual(new Set(['0']));
  expect(JSON.parse(await read('/__rehearsal/requests'))).toEqual({ requests: [], dropped: 0 });
  expect(serve.stderr()).toBe('');

  const chosen = await read('?prompt=hello&speed=instant&scenario=error-after-text');
  expect(chosen).toContain('event: error');
  await read('?prompt=hello&speed=instant');
  const { requests } = JSON.parse(await read('/__rehearsal/requests')) as {
    requests: { scenario: string; key: string }[];
  };
  // The first of its prompt and model in either scenario.
  expect(requests.map(({ scenario, key }) => [scenario, key.replace(/^.*-/, '')])).toEqual([
    ['error-after-text', '1'],
    ['healthy', '1'],
  ]);
});

test('agent and gateway started apart make the same stream', async () => {
  const agent = startCommand(['agent', '--agent-port', '0', '--seed', '7']);
  const agentLine = await agent.firstLine;
  const agentAddress = /127\.0\.0\.1:\d+/.exec(agentLine)?.[0] ?? '';
  const gateway = startCommand(['gateway', '--agent', agentAddress, '--port', '0']);
  const endpoint = addressOf(await gateway.firstLine);
  const body = await (await fetch(`${endpoint}?prompt=hello&key=k`)).text();
  const deltas = [...body.matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)].map(
    ([, delta = '']) => JSON.parse(delta) as string,
  );
  const plan = await runCommand(
    'plan',
    'healthy',
    '--prompt',
    'hello',
    '--key',
    'k',
    '--seed',
    '7',
    '--json',
  );
  expect(deltas.join('')).toBe((JSON.parse(plan.stdout) as StreamPlan).text);
});

test('plan foretells a stream, the same in every process', async () => {
  const args = ['plan', 'healthy', '--prompt', '写一段500字的故事', '--key', 'k'];
  const [once, twice, readable] = await Promise.all([
    runCommand(...args, '--json'),
    runCommand(...args, '--json'),
    runCommand(...args),
  ]);
  const plan = JSON.parse(once.stdout) as StreamPlan;
  expect(Object.keys(plan)).toEqual(
    expect.arrayContaining(['scenario', 'seed', 'key', 'prompt', 'model', 'text', 'chunks', 'end']),
  );
  expect(twice.stdout).toBe(once.stdout);
  expect(readable.stdout).toContain(`sha256    ${planSha256(plan)}\n`);
});

test('plan foretells a stream with one fault more', async () => {
  const fault = '{"errorStatus":{"at":{"chars":20},"status":"INTERNAL"}}';
  const { stdout } = await runCommand('plan', 'healthy', '--prompt', 'a', '--fault', fault);
  expect(stdout).toContain('faults    errorStatus\n');
  expect(stdout).toMatch(/client {4}200 failed GENERATION_ERROR/);
});

test('plan says what it cannot foretell of a scenario that slows down with load', async () => {
  const file = await scenarioFile(
    'slowing',
    'behaviour: { slowing: { above: 9, perStream: 0.5% } }\n',
  );
  expect((await runCommand('plan', file)).stdout).toContain(
    '\nslowing   not in this plan: 0.5% slower for each open stream beyond 9 when it starts\n',
  );
});

test('validate says every problem of every file, and starts nothing', async () => {
  const bad = await scenarioFile('bad', 'lode: {}\nbehaviour: { chunkChars: 0 }\n');
  const good = await scenarioFile('good', '');
  const problems = [
    'unknown key "lode"; did you mean "load"?',
    'behaviour.chunkChars: must be at least 1, not 0',
  ];
  const [first, second] = [`${bad}:3:1: ${problems[0]}\n`, `${bad}:4:14: ${problems[1]}\n`];
  const validate = (env: NodeJS.ProcessEnv) =>
    startCommand(['validate', bad, good], { env: { ...process.env, GITHUB_ACTIONS: '', ...env } });
  expect(await validate({}).ended).toEqual({ code: 2, stdout: first + second, stderr: '' });
  const { stdout } = await validate({ GITHUB_ACTIONS: 'true' }).ended;
  expect(stdout).toBe(
    `${first}::error file=${bad},line=3,col=1::${problems[0]}\n` +
      `${second}::error file=${bad},line=4,col=14::${problems[1]}\n`,
  );
  const json = await runCommand('validate', '--json', bad, good);
  expect({ ...json, stdout: JSON.parse(json.stdout) }).toEqual({
    code: 2,
    stdout: [
      { file: bad, line: 3, column: 1, message: problems[0] },
      { file: bad, line: 4, column: 14, message: problems[1] },
    ],
    stderr: '',
  });
  expect(await runCommand('validate', '--json', good)).toMatchObject({ code: 0, stdout: '[]\n' });
  expect(await runCommand('validate', good)).toMatchObject({
    code: 0,
    stdout: '1 file is valid\n',
  });
});

test('run measures a stack of its own, writes a report and ends with the verdict’s code', async () => {
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

test('run --target measures a server that is not ours, and fails where its streams do', async () => {
  const agent = startCommand(['agent', '--agent-port', '0']);
  const agentAddress = /127\.0\.0\.1:\d+/.exec(await agent.firstLine)?.[0] ?? '';
  const gateway = startCommand(['gateway', '--agent', agentAddress, '--port', '0']);
  const { origin } = new URL(addressOf(await gateway.firstLine));
  // Without its agent the gateway answers every request with a 503.
  agent.kill('SIGTERM');
  await agent.ended;
  const file = await scenarioFile(
    'down',
    'load: { streams: 2, ramp: 0s, warmUp: 0s, window: 500ms }\n',
  );
  const out = join(folder, 'down');
  const { code } = await runCommand('run', file, '--out', out, '--target', origin);
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

test('an interrupted run says so and writes nothing', async () => {
  const file = await scenarioFile('long', 'load: { streams: 2, window: 1m }\n');
  const run = startCommand(['run', file], { cwd: folder });
  await expect.poll(run.stderr, { timeout: 15_000 }).toContain('2 streams at once');
  run.kill('SIGINT');
  expect(await run.ended).toMatchObject({
    code: 130,
    stdout: '',
    stderr: expect.stringContaining('interrupted; no report was written'),
  });
  expect(await readdir(folder)).not.toContain('reports');
});
