import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startServerCommand } from './start-command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearsal-server-'));
});

afterAll(() => rm(folder, { recursive: true }));

const never = new AbortController().signal;

const listening = `node -e "require('node:http').createServer((_, r) => r.end('here')).listen(process.env.PORT, '127.0.0.1')"`;

/** Returns shell code that writes the process group, which the shell leads, to a file. */
const leading = (name: string) => `echo $$ > ${join(folder, name)}; `;

async function isGroupThere(name: string): Promise<boolean> {
  const group = Number(await readFile(join(folder, name), 'utf8'));
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

test('a command listens on $PORT, and ends with its children', async () => {
  const server = await startServerCommand(`${leading('a')}sleep 600 & ${listening}`, never);
  const answer = await fetch(`http://127.0.0.1:${server.port}`);
  expect(await answer.text()).toBe('here');
  expect(await isGroupThere('a')).toBe(true);
  await server.close();
  expect(await isGroupThere('a')).toBe(false);
  await expect(fetch(`http://127.0.0.1:${server.port}`)).rejects.toThrow('fetch failed');
});

test('a server that ignores SIGTERM is killed', async () => {
  const deaf = listening.replace('-e "', `-e "process.on('SIGTERM', () => {}); `);
  const server = await startServerCommand(leading('b') + deaf, never);
  await server.close();
  // An orphan stays in the process list until init reaps it.
  await expect.poll(() => isGroupThere('b')).toBe(false);
});

test('the error of a command that ends before it listens has its last lines', async () => {
  const failing = `${leading('c')}echo loading >&2; printf 'no \\033[31mmodel\\n' >&2; exit 7`;
  await expect(startServerCommand(failing, never)).rejects.toThrow(
    `the server did not start: it ended (exit code 7)\n  ${failing}\n  | loading\n  | no \uFFFD[31mmodel`,
  );
  expect(await isGroupThere('c')).toBe(false);
});

test('`failed` describes the end of a server during a run', async () => {
  const ending = listening.replace("r.end('here')", 'process.exit(3)');
  const server = await startServerCommand(ending, never);
  await fetch(`http://127.0.0.1:${server.port}`).catch(() => {});
  expect(await server.failed).toMatch(/^the server failed during a run: it ended \(exit code 3\)/);
  await server.close();
});

test('the wait can be aborted, and no process stays', async () => {
  const controller = new AbortController();
  const waiting = startServerCommand(`${leading('d')}sleep 600`, controller.signal);
  await expect.poll(() => isGroupThere('d').catch(() => false)).toBe(true);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  expect(await isGroupThere('d')).toBe(false);
});
