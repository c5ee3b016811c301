import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { toVisible } from '../../reports/markup.ts';
import { killWhenOrphaned } from './kill-when-orphaned.ts';

/** A server started by a shell command. */
export interface CommandServer {
  port: number;
  /** The process group of the server and its children. */
  group: number;
  /** Resolves if the server ends by itself, with a description and its last lines. */
  failed: Promise<string>;
  /** Ends the server and its children. */
  close(): Promise<void>;
}

/** How long a server may take until its port answers. */
const startLimitMs = 60_000;

/** How long its processes may take to end before they are killed. */
const closeGraceMs = 10_000;

const pollMs = 50;

/** Bounds one attempt, because a full backlog leaves a connection without an answer. */
const connectLimitMs = 1000;

const lastOutputMs = 500;

/** The `failed` of a server that was closed. */
const neverFails = new Promise<never>(() => {});

export interface ServerCommandOptions {
  /** The port to wait for; a free one by default. */
  port?: number;
  /** Further environment variables of the command. */
  environment?: Readonly<Record<string, string>>;
}

/**
 * Starts a server by a shell command, and waits until it listens on `$PORT`.
 *
 * It has its own process group, so that `close` also ends its children, and Ctrl+C in the terminal only
 * reaches this process.
 *
 * @param signal aborts the wait, and ends the server
 * @throws RehearsalError (usage) if it ends, or takes too long, before its port accepts a connection
 * @throws the signal's reason
 */
export async function startServerCommand(
  command: string,
  signal: AbortSignal,
  { port: given, environment = {} }: ServerCommandOptions = {},
): Promise<CommandServer> {
  signal.throwIfAborted();
  const port = given ?? (await freePort());
  const child = spawn(command, {
    shell: true,
    detached: true,
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lastLines = keepLastLines(child);
  let closing = false;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('exit', (code, killedBy) =>
      resolve(`it ended (${killedBy ?? `exit code ${code}`})`),
    );
  });
  // No server survives this process.
  const killAtExit = () => signalGroup(child, 'SIGKILL');
  process.once('exit', killAtExit);
  const endGuard = child.pid === undefined ? undefined : killWhenOrphaned(-child.pid);
  const close = async () => {
    closing = true;
    await endGroup(child);
    process.off('exit', killAtExit);
    endGuard?.();
  };
  const drained = new Promise((resolve) => {
    child.once('close', resolve);
  });
  const withLastLines = async (message: string) => {
    // Output may arrive after the end; a child that it left may keep the pipe open for ever.
    await Promise.race([drained, sleep(lastOutputMs)]);
    return `${message}\n  ${command}${lastLines()}`;
  };
  try {
    const isListening = await waitForPort(port, child, signal);
    if (hasEnded(child)) {
      throw new RehearsalError(
        'usage',
        await withLastLines(`the server did not start: ${await ended}`),
      );
    }
    if (!isListening) {
      const limit = `within ${startLimitMs / 1000} s`;
      throw new RehearsalError(
        'usage',
        await withLastLines(`the server did not listen on $PORT (${port}) ${limit}`),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    group: child.pid ?? 0,
    failed: ended.then((reason) =>
      closing ? neverFails : withLastLines(`the server failed during a run: ${reason}`),
    ),
    close,
  };
}

/** Returns a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string')
    throw new Error('the system assigned no port');
  return address.port;
}

/** Returns a function that returns the last lines of standard error, indented for a message. */
function keepLastLines(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-2000);
  });
  return () => {
    const lines = tail.trimEnd().split('\n').slice(-10);
    return lines.map((line) => (line === '' ? '' : `\n  | ${toVisible(line, '\t')}`)).join('');
  };
}

/** Returns whether the port accepts a connection before the child ends and within the time limit. */
async function waitForPort(
  port: number,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<boolean> {
  const deadlineMs = performance.now() + startLimitMs;
  while (!hasEnded(child) && performance.now() < deadlineMs) {
    if (await acceptsConnection(port, signal)) return true;
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return false;
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

async function acceptsConnection(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectLimitMs)]);
  try {
    await once(socket, 'connect', { signal: limit });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Ends a process group by SIGTERM, and by SIGKILL after the grace time. */
async function endGroup(child: ChildProcess): Promise<void> {
  const deadlineMs = performance.now() + closeGraceMs;
  let isAlive = signalGroup(child, 'SIGTERM');
  while (isAlive && performance.now() < deadlineMs) {
    await sleep(pollMs);
    isAlive = signalGroup(child, 0);
  }
  if (isAlive) signalGroup(child, 'SIGKILL');
}

/** Sends a signal to a process group; returns whether it has a process. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
