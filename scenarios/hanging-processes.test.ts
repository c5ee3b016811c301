import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { alive, childrenOf } from './testing/child-processes.ts';
import { startCommand, type Command } from './testing/command.ts';

let folder: string;
let children: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-hanging-'));
  await writeFile(
    join(folder, 'long.yaml'),
    'version: 1\ndescription: a test\nload: { streams: 5, ramp: 100ms, window: 1m }\n',
  );
  // A command that is named in SPINS runs into an endless loop when it gets SIGUSR2.
  await writeFile(
    join(folder, 'spin.cjs'),
    `if (process.argv[2] === process.env.SPINS) process.on('SIGUSR2', () => { for (;;); });`,
  );
});

afterEach(() => {
  for (const pid of alive(children)) process.kill(pid, 'SIGKILL');
  children = [];
});

afterAll(() => rm(folder, { recursive: true }));

interface Run {
  run: Command;
  /** Process ids by command: `agent` and `gateway`. */
  victims: Map<string, number>;
  cwd: string;
}

async function startRun(spins = ''): Promise<Run> {
  const cwd = await mkdtemp(join(folder, 'run-'));
  const env = {
    ...process.env,
    SPINS: spins,
    NODE_OPTIONS: `--require ${join(folder, 'spin.cjs')}`,
  };
  const run = startCommand(['run', join(folder, 'long.yaml')], { cwd, env });
  // Both processes listen by the time at which the load reports its first progress.
  await expect.poll(run.stderr, { timeout: 40_000 }).toMatch(/ramp|warm-up/);
  const victims = childrenOf(run.pid);
  children = [...victims.values()];
  expect([...victims.keys()]).toEqual(['agent', 'gateway']);
  return { run, victims, cwd };
}

const linux = process.platform === 'linux';
const silence = 'has not answered for 10 s: it is stopped, or its event loop is blocked\n';

test.runIf(linux).each([
  ['agent', 'SIGSTOP'],
  ['gateway', 'SIGSTOP'],
  ['agent', 'SIGUSR2'],
] as const)(
  'a run whose %s hangs by %s ends with exit code 2 and the reason, and leaves no process',
  async (victim, signal) => {
    const { run, victims, cwd } = await startRun(victim);
    process.kill(victims.get(victim) ?? 0, signal);
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`rehearsal: the ${victim} ${silence}`);
    expect(alive(children)).toEqual([]);
    expect(await readdir(cwd)).toEqual([]);
  },
  90_000,
);

test.runIf(linux).each([
  ['SIGINT', 130, 'agent', 'SIGSTOP'],
  ['SIGTERM', 143, 'gateway', 'SIGUSR2'],
] as const)(
  'one %s ends a run with exit code %i though its %s hangs by %s, and leaves no process',
  async (signal, exitCode, victim, hang) => {
    const { run, victims } = await startRun(victim);
    process.kill(victims.get(victim) ?? 0, hang);
    run.kill(signal);
    const { code, stderr } = await run.ended;
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(/^rehearsal: interrupted; /m);
    expect(stderr).not.toContain(silence);
    expect(alive(children)).toEqual([]);
  },
  90_000,
);

test.runIf(linux)(
  'a second SIGINT ends a run at once, with its processes',
  async () => {
    const { run, victims } = await startRun();
    process.kill(victims.get('gateway') ?? 0, 'SIGSTOP');
    run.kill('SIGINT');
    run.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    await expect.poll(() => alive(children), { timeout: 10_000 }).toEqual([]);
  },
  90_000,
);

test.runIf(linux).each(['run', 'serve'])(
  'one SIGINT ends a %s whose agent is stopped before it listens',
  async (command) => {
    const serve = ['--port', '0', '--agent-port', '0'];
    const started = startCommand(
      [command, join(folder, 'long.yaml'), ...(command === 'serve' ? serve : [])],
      { cwd: folder },
    );
    await expect
      .poll(() => childrenOf(started.pid).get('agent'), { timeout: 30_000, interval: 5 })
      .toBeGreaterThan(0);
    children = [...childrenOf(started.pid).values()];
    process.kill(children[0] ?? 0, 'SIGSTOP');
    started.kill('SIGINT');
    expect((await started.ended).code).toBe(130);
    await expect.poll(() => alive(children), { timeout: 10_000 }).toEqual([]);
  },
  60_000,
);

test.runIf(linux)(
  'the processes of a killed run end, also one that spins and one that is stopped',
  async () => {
    const { run, victims } = await startRun('agent');
    process.kill(victims.get('agent') ?? 0, 'SIGUSR2');
    process.kill(victims.get('gateway') ?? 0, 'SIGSTOP');
    run.kill('SIGKILL');
    await run.ended;
    await expect.poll(() => alive(children), { timeout: 15_000 }).toEqual([]);
  },
  90_000,
);

test.runIf(linux)(
  'the server of a killed ab ends',
  async () => {
    const pidFile = join(folder, 'pid');
    // The first request shows that ab has done all that a start takes.
    const server = `process.on('SIGTERM', () => {});
      require('node:http').createServer(() => require('node:fs').writeFileSync('${pidFile}', String(process.pid)))
        .listen(process.env.PORT, '127.0.0.1')`;
    const command = `"${process.execPath}" -e "${server}"`;
    const ab = startCommand(['ab', 'long.yaml', '--aa', '--base', command], { cwd: folder });
    const pid = async () => Number(await readFile(pidFile, 'utf8').catch(() => ''));
    await expect.poll(pid, { timeout: 40_000 }).toBeGreaterThan(0);
    children = [await pid()];
    ab.kill('SIGKILL');
    await ab.ended;
    await expect.poll(() => alive(children), { timeout: 15_000 }).toEqual([]);
  },
  90_000,
);

test.runIf(linux)(
  'serve says which of its processes does not answer, goes on once it does, and ends in time',
  async () => {
    const serve = startCommand(['serve', '--port', '0', '--agent-port', '0']);
    const endpoint = /\S+$/.exec(await serve.firstLine)?.[0] ?? '';
    const victims = childrenOf(serve.pid);
    children = [...victims.values()];
    const agent = victims.get('agent') ?? 0;
    process.kill(agent, 'SIGSTOP');
    await expect
      .poll(serve.stderr, { timeout: 30_000 })
      .toContain(`rehearsal: the agent ${silence}`);
    process.kill(agent, 'SIGCONT');
    await expect
      .poll(serve.stderr, { timeout: 10_000 })
      .toContain('rehearsal: the agent answers again\n');
    expect(await (await fetch(`${endpoint}?prompt=a&speed=instant`)).text()).toContain(
      '"isFinal":true',
    );
    process.kill(agent, 'SIGSTOP');
    serve.kill('SIGTERM');
    expect((await serve.ended).code).toBe(0);
    expect(alive(children)).toEqual([]);
  },
  90_000,
);
