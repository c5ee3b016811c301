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

// Concurrent tests would kill each other's commands, so the commands of a file end with it.
afterEach(({ task }) => (task.concurrent ? undefined : killRunning()));
afterAll(killRunning);

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A running `rehearsal` command of the build. */
export interface Command {
  /** Resolves with the first line of standard output; rejects if the command ends without one. */
  firstLine: Promise<string>;
  ended: Promise<Finished>;
  pid: number;
  /** The output so far. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
}

interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export const startCommand = (args: string[], options: ProcessOptions = {}): Command =>
  startProcess([process.execPath, entry, ...args], options);

/** Starts any command line, such as the command on another host. */
export function startProcess(
  [file = '', ...args]: readonly string[],
  options: ProcessOptions = {},
): Command {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
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

/** A running `rehearsal serve` or `rehearsal gateway`. */
export interface ServerCommand extends Command {
  /** URL of the generation interface, from the first line of output. */
  endpoint: string;
  origin: string;
}

/** Starts a server on free ports and waits until it listens. */
export async function startServer(
  command: 'serve' | 'gateway',
  args: string[] = [],
  options: ProcessOptions = {},
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
