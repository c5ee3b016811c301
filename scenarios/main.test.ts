import { createServer } from 'node:net';

import { expect, test } from 'vitest';

import { planSha256, type StreamPlan } from '../mock-agent/plan/plan.ts';
import { runCommand, startCommand, startServer } from './e2e/support/command.ts';
import { runInProcess } from './e2e/support/run-in-process.ts';

test('a port in use is reported in one line', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const results = await Promise.all([
    runCommand('serve', '--port', `${port}`, '--agent-port', '0'),
    runCommand('serve', '--port', '0', '--agent-port', `${port}`),
    runCommand('agent', '--agent-port', `${port}`),
    runCommand('gateway', '--port', `${port}`),
  ]);
  taken.close();
  const line = (flag: string) =>
    `rehearsal: ${flag}: 127.0.0.1:${port} is in use; choose another, or 0 for a free one\n`;
  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual([
    [2, line('--port')],
    [2, line('--agent-port')],
    [2, line('--agent-port')],
    [2, line('--port')],
  ]);
});

test('serve prints its address first, streams, and ends cleanly on SIGTERM', async () => {
  const { endpoint, ...serve } = await startServer('serve');
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

test('serve without names offers the whole catalogue and prints commands; its warm-up leaves no trace', async () => {
  const { endpoint, ...serve } = await startServer('serve');
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
  // Each is the first request with its prompt and model in its scenario.
  expect(requests.map(({ scenario, key }) => [scenario, key.replace(/^.*-/, '')])).toEqual([
    ['error-after-text', '1'],
    ['healthy', '1'],
  ]);

  serve.kill('SIGINT');
  const { stdout, code } = await serve.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ {2}curl -N http:\S+ -H 'Content-Type: application\/json' -d '\{"prompt": "Write a story"\}'$/m,
  );
  expect(stdout).toMatch(/^scenario {2}healthy: /m);
  expect(stdout).toMatch(/^seed {6}1$/m);
  expect(stdout).toMatch(/^others {4}agent-down, agent-loop, /m);
  expect(stdout).toMatch(/^ {2}curl -N 'http:\S+\?prompt=hello&scenario=error-after-text'$/m);
});

test('agent and gateway as separate commands produce the planned stream', async () => {
  const agent = startCommand(['agent', '--agent-port', '0', '--seed', '7']);
  const agentLine = await agent.firstLine;
  const agentAddress = /127\.0\.0\.1:\d+/.exec(agentLine)?.[0] ?? '';
  const { endpoint } = await startServer('gateway', ['--agent', agentAddress]);
  const body = await (await fetch(`${endpoint}?prompt=hello&key=k&speed=8`)).text();
  const deltas = [...body.matchAll(/"delta":("(?:[^"\\]|\\.)*")/g)].map(
    ([, delta = '']) => JSON.parse(delta) as string,
  );
  const plan = await runInProcess(
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

test('plan prints the same stream in every process', async () => {
  const args = ['plan', 'healthy', '--prompt', '写一段500字的故事', '--key', 'k'];
  const { stdout } = await runCommand(...args, '--json');
  const plan = JSON.parse(stdout) as StreamPlan;
  expect(Object.keys(plan)).toEqual(
    expect.arrayContaining(['scenario', 'seed', 'key', 'prompt', 'model', 'text', 'chunks', 'end']),
  );
  expect((await runInProcess(...args, '--json')).stdout).toBe(stdout);
  expect((await runInProcess(...args)).stdout).toContain(`sha256    ${planSha256(plan)}\n`);
});

test.each([
  [
    ['serve', 'no-such-name'],
    'no such scenario in the catalogue, which has agent-down, agent-loop',
  ],
  [['gateway', '--host', '256.0.0.1'], '256.0.0.1:8080 is not an address of this machine'],
])('rehearsal %j exits with code 2 and one line with the reason', async (args, reason) => {
  expect(await runCommand(...args)).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(reason),
  });
});

test('--help exits with code 0', async () => {
  expect(await runCommand('plan', '--help')).toEqual({
    code: 0,
    stdout: expect.stringContaining('Usage: rehearsal plan'),
    stderr: '',
  });
});
