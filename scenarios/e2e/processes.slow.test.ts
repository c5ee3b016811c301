import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { alive, childrenOf, commandLineOf } from './support/child-processes.ts';
import { startCommand, startServer } from './support/command.ts';

const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-processes-'));
});

afterAll(() => rm(folder, { recursive: true }));

const linux = process.platform === 'linux';

test.runIf(linux).each(['agent', 'gateway'])(
  'a run whose %s is killed ends at once, with a line and exit code 2',
  async (victim) => {
    const file = join(folder, `${victim}.yaml`);
    await writeFile(file, 'version: 1\ndescription: a test\nload: { streams: 5, window: 1m }\n');
    const run = startCommand(['run', file], { cwd: folder });
    await expect.poll(() => childrenOf(run.pid).size).toBe(2);
    // Both serve by the time that the load reports its first progress.
    await expect.poll(run.stderr).toContain('ramp');
    process.kill(childrenOf(run.pid).get(victim) ?? 0, 'SIGKILL');
    const { code, stderr } = await run.ended;
    expect(code).toBe(2);
    expect(stderr).toContain(`rehearsal: the ${victim} ended (SIGKILL) during the run\n`);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await readdir(folder)).not.toContain('reports');
  },
  90_000,
);

test.runIf(linux)(
  'serve goes when one of its processes is killed, and takes the other along',
  async () => {
    const serve = await startServer('serve');
    const children = childrenOf(serve.pid);
    process.kill(children.get('agent') ?? 0, 'SIGKILL');
    expect(await serve.ended).toMatchObject({
      code: 2,
      stderr: 'rehearsal: the agent ended (SIGKILL); stopping\n',
    });
    expect(() => process.kill(children.get('gateway') ?? 0, 0)).toThrow('ESRCH');
  },
);

test.runIf(linux)('the processes of a killed serve go with it', async () => {
  const serve = await startServer('serve');
  const children = [...childrenOf(serve.pid).values()];
  serve.kill('SIGKILL');
  await serve.ended;
  await expect.poll(() => alive(children)).toEqual([]);
});

test.runIf(linux)('a SIGTERM to the whole group still tells every stream', async () => {
  const file = join(folder, 'slow.yaml');
  await writeFile(
    file,
    'version: 1\ndescription: a test\nbehaviour: { interToken: 1s, chunkChars: 1 }\n',
  );
  const child = spawn(
    process.execPath,
    [entry, 'serve', file, '--port', '0', '--agent-port', '0'],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const banner = await new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  });
  const endpoint = /http:\S+/.exec(banner)?.[0] ?? '';
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${endpoint}?prompt=a`)),
  );
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  const bodies = await Promise.all(streams.map((response) => response.text()));
  expect(bodies.filter((body) => body.includes('"code":"SHUTTING_DOWN"'))).toHaveLength(20);
});

test('a proxy in the environment does not come between gateway and agent', async () => {
  const { endpoint } = await startServer('serve', [], {
    env: { ...process.env, http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' },
  });
  const response = await fetch(`${endpoint}?prompt=a`);
  expect(response.status).toBe(200);
  await response.body?.cancel();
});

test('a reader that closes the pipe early is not a failure', async () => {
  const { stdout, stderr } = await promisify(execFile)('bash', [
    '-c',
    `"${process.execPath}" "${entry}" plan benchmark | true; echo "\${PIPESTATUS[0]}"`,
  ]);
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
});

test.runIf(linux).each(['serve', 'gateway'])(
  'the processes of %s get options and tokens in a message, so that no list of processes shows them',
  async (command) => {
    const args =
      command === 'serve' ? ['healthy', '--agent-port', '0', '--seed', '7'] : ['--workers', '2'];
    const token = 'tok-3n-s3cret';
    const server = startCommand([command, '--port', '0', '--max-streams', '77', ...args], {
      env: { ...process.env, REHEARSAL_TOKENS: token },
    });
    const endpoint = /http:\S+/.exec(await server.firstLine)?.[0] ?? '';
    const children = [...childrenOf(server.pid).entries()];
    expect(children.map(([role]) => role)).toEqual(
      command === 'serve' ? ['agent', 'gateway'] : ['gateway'],
    );
    for (const [role, pid] of children) {
      expect(commandLineOf(pid).slice(1)).toEqual([expect.stringMatching(/child\.js$/), role]);
    }
    const statuses = await Promise.all(
      ['', `&token=${token}`].map(async (query) => {
        const response = await fetch(`${endpoint}?prompt=a&speed=instant${query}`);
        await response.text();
        return response.status;
      }),
    );
    // The gateway without an agent accepts the token, and finds nothing to ask.
    expect(statuses).toEqual([401, command === 'serve' ? 200 : 503]);
  },
);

test('a command that a Node program has forked prints its address, and ends on SIGTERM', async () => {
  const child = fork(entry, ['agent', 'fast', '--agent-port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  expect(line.toString()).toMatch(/^agent {5}127\.0\.0\.1:\d+ /);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(messages).toEqual([]);
});
