import { vi } from 'vitest';

import { runCommandLine } from '../../command-line.ts';
import type { Finished } from './command.ts';

let isRunning = false;

/**
 * Runs a command to its end in this process, ten times faster than in a new one. Takes one command at a
 * time, and only commands that start no process.
 */
export async function runInProcess(...args: string[]): Promise<Finished> {
  if (isRunning) throw new Error('another command runs in this process: await it first');
  isRunning = true;
  const stdout = capture(process.stdout);
  const stderr = capture(process.stderr);
  process.exitCode = undefined;
  try {
    await runCommandLine(args);
    return { code: exitCode(), stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    isRunning = false;
    process.exitCode = undefined;
    stdout.end();
    stderr.end();
  }
}

function exitCode(): number {
  return Number(process.exitCode ?? 0);
}

function capture(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  let output = '';
  const write = vi.spyOn(stream, 'write').mockImplementation((bytes) => {
    output += String(bytes);
    return true;
  });
  return { text: () => output, end: () => write.mockRestore() };
}
