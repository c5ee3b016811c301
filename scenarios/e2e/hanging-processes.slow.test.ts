import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, test, type ExpectStatic } from 'vitest';

import { alive, childrenOf } from './support/child-processes.ts';
import { startCommand, startServer, type Command } from './support/command.ts';

// The tests mostly wait for time limits of ten seconds, so they run concurrently. Their commands start
// one after another: a busy machine takes too long for five starts at once.

let folder: string;
/** The children of every command, so that none outlives this file. */
const started: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-hanging-'));
  await writeFile(
    join(folder, 'long.yaml'),
    'version: 1\ndescription: a test\nload: { streams: 5, ramp: 100ms, window: 1m }\n',
  );
  // SIGUSR2 blocks the event loop of the command that BLOCKS names, and needs no processor for it.
  await writeFile(
    join(folder, 'block.cjs'),
    `if (process.argv[2] === process.env.BLOCKS) process.on('SIGUSR2', () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`,
  );
});

afterAll(async () => {
  for (const pid of alive(started)) process.kill(pid, 'SIGKILL');
  await rm(folder, { recursive: true });
});

/** Returns the process ids of a command's children. */
function keepChildren(pids: Iterable<number>): number[] {
  const children = [...pids];
  started.push(...children);
  return children;
}

interface Run {
  run: Command;
  /** Process ids by command: `agent` and `gateway`. */
  victims: Map<string, number>;
  children: number[];
  cwd: string;
}

let lastStart: Promise<unknown> = Promise.resolve();

function startRun(expect: ExpectStatic, blocks = ''): Promise<Run> {
  const start = lastStart.then(() => startNow(expect, blocks));
  lastStart = start.catch(() => {});
  return start;
}

async function startNow(expect: ExpectStatic, blocks: string): Promise<Run> {
  const cwd = await mkdtemp(join(folder, 'run-'));
  const env = {
    ...process.env,
    BLOCKS: blocks,
    NODE_OPTIONS: `--require ${join(folder, 'block.cjs')}`,
  };
  const run = startCommand(['run', join(folder, 'long.yaml')], { cwd, env });
  // Both processes listen by the time at which the load reports its first progress.
  await expect.poll(run.stderr).toMatch(/ramp|warm-up/);
  const victims = childrenOf(run.pid);
  const children = keepChildren(victims.values());
  expect([...victims.keys()]).toEqual(['agent', 'gateway']);
  return { run, victims, children, cwd };
}

const linux = process.platform === 'linux';
const silence = 'has not answered for 10 s: it is stopped, or its event loop is blocked\n';

test.runIf(linux).concurrent.for([
  ['agent', 'SIGSTOP'],
  ['gateway', 'SIGSTOP'],
  ['agent', 'SIGUSR2'],
] as const)(
  'a run whose %s hangs by %s ends with exit code 2 and the reason, and leaves no process',
  { timeout: 180_000 },
  async ([victim, signal], { expect }) => {
    const { run, victims, children, cwd } = await startRun(expect, victim);
    process.kill(victims.get(victim) ?? 0, signal);
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`rehearsal: the ${victim} ${silence}`);
    expect(alive(children)).toEqual([]);
    expect(await readdir(cwd)).toEqual([]);
  },
);

test.runIf(linux).concurrent.for([
  ['SIGINT', 130, 'agent', 'SIGSTOP'],
  ['SIGTERM', 143, 'gateway', 'SIGUSR2'],
] as const)(
  'one %s ends a run with exit code %i though its %s hangs by %s, and leaves no process',
  { timeout: 180_000 },
  async ([signal, exitCode, victim, hang], { expect }) => {
    const { run, victims, children } = await startRun(expect, victim);
    process.kill(victims.get(victim) ?? 0, hang);
    run.kill(signal);
    const { code, stderr } = await run.ended;
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(/^rehearsal: interrupted; /m);
    expect(stderr).not.toContain(silence);
    expect(alive(children)).toEqual([]);
  },
);

test.runIf(linux).concurrent(
  'a second SIGINT ends a run at once, with its processes',
  async ({ expect }) => {
    const { run, victims, children } = await startRun(expect);
    process.kill(victims.get('gateway') ?? 0, 'SIGSTOP');
    // Two signals at one moment may arrive as one.
    const again = setInterval(() => run.kill('SIGINT'), 50);
    const { code, stderr } = await run.ended;
    clearInterval(again);
    expect(code).toBe(130);
    // The first SIGINT alone says so, once the processes have ended or are killed.
    expect(stderr).not.toContain('interrupted');
    await expect.poll(() => alive(children)).toEqual([]);
  },
  180_000,
);

test.runIf(linux).concurrent.for(['run', 'serve'])(
  'one SIGINT ends a %s whose agent is stopped before it listens',
  { timeout: 60_000 },
  async (name, { expect }) => {
    const serve = ['--port', '0', '--agent-port', '0'];
    const command = startCommand(
      [name, join(folder, 'long.yaml'), ...(name === 'serve' ? serve : [])],
      { cwd: folder },
    );
    await expect
      .poll(() => childrenOf(command.pid).get('agent'), { interval: 5 })
      .toBeGreaterThan(0);
    const children = keepChildren(childrenOf(command.pid).values());
    process.kill(children[0] ?? 0, 'SIGSTOP');
    command.kill('SIGINT');
    expect((await command.ended).code).toBe(130);
    await expect.poll(() => alive(children)).toEqual([]);
  },
);

test.runIf(linux).concurrent(
  'the processes of a killed run end, also one whose event loop is blocked and one that is stopped',
  async ({ expect }) => {
    const { run, victims, children } = await startRun(expect, 'agent');
    process.kill(victims.get('agent') ?? 0, 'SIGUSR2');
    process.kill(victims.get('gateway') ?? 0, 'SIGSTOP');
    run.kill('SIGKILL');
    await run.ended;
    await expect.poll(() => alive(children)).toEqual([]);
  },
  180_000,
);

test.runIf(linux).concurrent(
  'the server of a killed ab ends',
  async ({ expect }) => {
    const pidFile = join(folder, 'pid');
    // The first request shows that ab has done all that a start takes.
    const server = `process.on('SIGTERM', () => {});
      require('node:http').createServer(() => require('node:fs').writeFileSync('${pidFile}', String(process.pid)))
        .listen(process.env.PORT, '127.0.0.1')`;
    const command = `"${process.execPath}" -e "${server}"`;
    const ab = startCommand(['ab', 'long.yaml', '--aa', '--base', command], { cwd: folder });
    const pid = async () => Number(await readFile(pidFile, 'utf8').catch(() => ''));
    await expect.poll(pid).toBeGreaterThan(0);
    const children = keepChildren([await pid()]);
    ab.kill('SIGKILL');
    await ab.ended;
    await expect.poll(() => alive(children)).toEqual([]);
  },
  180_000,
);

test.runIf(linux).concurrent(
  'serve says which of its processes does not answer, goes on once it does, and ends in time',
  async ({ expect }) => {
    const { endpoint, ...serve } = await startServer('serve');
    const victims = childrenOf(serve.pid);
    const children = keepChildren(victims.values());
    const agent = victims.get('agent') ?? 0;
    process.kill(agent, 'SIGSTOP');
    await expect.poll(serve.stderr).toContain(`rehearsal: the agent ${silence}`);
    process.kill(agent, 'SIGCONT');
    await expect.poll(serve.stderr).toContain('rehearsal: the agent answers again\n');
    expect(await (await fetch(`${endpoint}?prompt=a&speed=instant`)).text()).toContain(
      '"isFinal":true',
    );
    process.kill(agent, 'SIGSTOP');
    serve.kill('SIGTERM');
    expect((await serve.ended).code).toBe(0);
    expect(alive(children)).toEqual([]);
  },
  180_000,
);
