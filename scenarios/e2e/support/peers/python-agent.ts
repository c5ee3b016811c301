import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { onTestFinished } from 'vitest';

/** Debian packages gRPC for its own Python, which may not be the first in the PATH. */
const found = ['/usr/bin/python3', 'python3'].find(canRun);

/** A Python with grpcio. If it is required and missing, starting it fails with "no such command". */
export const python = found ?? 'python3 with grpcio';

/** Whether the tests of Python are skipped: its tools are missing, and REQUIRE_BROWSER is not set. */
export const skipsPython = found === undefined && process.env['REQUIRE_BROWSER'] !== '1';

const folder = fileURLToPath(new URL('../../../../examples/python-agent', import.meta.url));

function canRun(command: string): boolean {
  try {
    execFileSync(command, ['-c', 'import grpc, google.protobuf'], { stdio: 'ignore' });
    execFileSync('which', ['make', 'protoc', 'grpc_python_plugin'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Returns the path of a script of the tests. */
export function pythonScript(name: string): string {
  return fileURLToPath(new URL(`python/${name}`, import.meta.url));
}

/** Generates the code of the example's proto. */
export async function buildPythonAgent(): Promise<void> {
  await promisify(execFile)('make', ['-C', folder]);
}

/** Runs the example with invalid flags; resolves with its exit code and standard error. */
export async function refusePythonAgent(...flags: string[]) {
  const args = [`${folder}/agent.py`, '--listen', '127.0.0.1:0', ...flags];
  const agent = spawn(python, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  let stderr = '';
  agent.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(agent, 'close');
  return { code: agent.exitCode, stderr };
}

/**
 * Starts the example with the model of the tests (support/python/models.py) until the test ends.
 * @returns the process, its lines of output, and its address
 */
export async function startPythonAgent(...flags: string[]) {
  const args = ['--listen', '127.0.0.1:0', '--model', 'models:tokens', ...flags];
  const agent = spawn(python, [`${folder}/agent.py`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONPATH: pythonScript('.'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  const lines: string[] = [];
  agent.stdout.setEncoding('utf8');
  agent.stdout.on('data', (text: string) => lines.push(...text.trim().split('\n')));
  const gone = once(agent, 'exit');
  onTestFinished(async () => {
    agent.kill('SIGKILL');
    await gone;
  });
  await Promise.race([once(agent.stdout, 'data'), gone]);
  const [address] = lines;
  if (address === undefined) throw new Error('the agent in Python ended at once');
  return { agent, gone, lines, address };
}
