import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, inject } from 'vitest';

const entry = fileURLToPath(new URL('../../../dist/bin/main.js', import.meta.url));

if (!inject('isBuilt')) {
  throw new Error('the build may be old: add this test to `system` in vitest.config.ts');
}

const running = new Set<Command>();

async function killRunning(): Promise<void> {
  for (const command of running) {
    command.kill('SIGKILL');
    await command.ended;
  }
}

// The commands of tests that run concurrently end with their file: each would kill those of the others.
afterEach(({ task }) => (task.concurrent ? undefined : killRunning()));
afterAll(killRunning);

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A `rehearsal` command under way, as a user would have started it from the build. */
export interface Command {
  /** Resolves with the first line of standard output; rejects where the command ends without one. */
  firstLine: Promise<string>;
  ended: Promise<Finished>;
  pid: number;
  /** What it has written to standard output and to standard error so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
}

export function startCommand(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Command {
  const child = spawn(process.execPath, [entry, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const ended = once(child, 'close').then((): Finished => {
    running.delete(command);
    return { code: child.exitCode, ...output };
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      const end = output.stdout.indexOf('\n');
      if (end >= 0) resolve(output.stdout.slice(0, end));
    });
    void ended.then(() => reject(new Error(`no output; ${output.stderr}`)));
  });
  firstLine.catch(() => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const command: Command = {
    firstLine,
    ended,
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    kill: (signal) => child.kill(signal),
  };
  running.add(command);
  return command;
}

/** A server under way: `rehearsal serve` or `rehearsal gateway`. */
export interface ServerCommand extends Command {
  /** The generation interface, as its first line names it. */
  endpoint: string;
  origin: string;
}

/** Starts a command that serves, on free ports, and resolves when it answers. */
export async function startServer(
  command: 'serve' | 'gateway',
  args: string[] = [],
  options: Parameters<typeof startCommand>[1] = {},
): Promise<ServerCommand> {
  const ports = ['--port', '0', ...(command === 'serve' ? ['--agent-port', '0'] : [])];
  const server = startCommand([command, ...args, ...ports], options);
  const endpoint = /\S+$/.exec(await server.firstLine)?.[0] ?? '';
  return { ...server, endpoint, origin: new URL(endpoint).origin };
}

/** Runs a command to its end. */
export function runCommand(...args: string[]): Promise<Finished> {
  return startCommand(args).ended;
}
