import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { alive, childrenOf } from '../e2e/support/child-processes.ts';

const entry = fileURLToPath(new URL('../../dist/bin/main.js', import.meta.url));
const linux = process.platform === 'linux';
const command = `"${process.execPath}" "${entry}"`;

let folder: string;
const groups: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-hang-up-'));
  await writeFile(
    join(folder, 'short.yaml'),
    'version: 1\ndescription: a test\nload: { streams: 1, ramp: 0s, warmUp: 0s, window: 4s }\n',
  );
});

afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It is gone.
    }
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** Starts a line of bash as a terminal does: in a process group of its own. */
function startLine(line: string) {
  const child = spawn('bash', ['-c', line], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  groups.push(child.pid ?? 0);
  return { child, output: () => output };
}

function hangUp({ pid = 0 }: ChildProcess): void {
  process.kill(-pid, 'SIGHUP');
}

test.runIf(linux).each([
  ['nohup', `trap : HUP; nohup ${command} run short.yaml --out nohup & wait $!; wait $!`],
  ['a script that ignores SIGHUP', `trap '' HUP; ${command} run short.yaml --out trap; exit $?`],
  [
    '`exec nohup` in a script that ignores SIGHUP',
    `trap '' HUP; exec nohup ${command} run short.yaml --out exec & wait $!; exit $?`,
  ],
])(
  'a run that %s started goes on when its terminal closes, its processes included',
  async (_, line) => {
    const { child, output } = startLine(line);
    await expect.poll(output).toMatch(/window/);
    hangUp(child);
    await once(child, 'close');
    expect(output()).not.toContain('interrupted');
    expect(output()).toContain('report.html');
    // Whatever a busy machine makes of the verdict.
    expect([0, 1, 3]).toContain(child.exitCode);
  },
  90_000,
);

test.runIf(linux).each([
  ['run short.yaml --out ended', 129, 'window'],
  ['serve --port 0 --agent-port 0', 0, 'gateway'],
  ['agent fast --agent-port 0', 0, 'agent'],
])(
  '%s ends in order when its terminal closes',
  async (args, code, sign) => {
    const { child, output } = startLine(`exec ${command} ${args}`);
    await expect.poll(output).toContain(sign);
    const children = [...childrenOf(child.pid ?? 0).values()];
    hangUp(child);
    await once(child, 'close');
    expect(child.exitCode).toBe(code);
    await expect.poll(() => alive(children)).toEqual([]);
  },
  90_000,
);
