import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { toVisible } from '../../reports/markup.ts';
import { killWhenOrphaned } from './kill-when-orphaned.ts';

/** A server that a shell command has started. */
export interface CommandServer {
  port: number;
  /** The process group that it and whatever it starts are in. */
  group: number;
  /** Resolves if it ends unasked; the text says how, with its last lines. */
  failed: Promise<string>;
  /** Ends it, and whatever it started. */
  close(): Promise<void>;
}

/** How long a server may take until its port answers. */
const startLimitMs = 60_000;

/** How long its processes may take to go, before they are killed. */
const closeGraceMs = 10_000;

const lookMs = 50;

/** A server that takes no connection from its backlog leaves a new one without an answer. */
const connectLimitMs = 1000;

const lastWordsMs = 500;

/** What was ended in order never fails. */
const stillness = new Promise<never>(() => {});

/**
 * Starts a server by a command of the shell that listens on `$PORT`, and waits until it does.
 *
 * It has a process group of its own: ending it ends what it has started too, and a Ctrl+C in our terminal
 * is ours to pass on.
 *
 * @param signal gives the waiting up, and ends the server
 * @throws RehearsalError (usage) where it ends, or takes too long, before its port answers
 * @throws the signal's reason
 */
export async function startServerCommand(
  command: string,
  signal: AbortSignal,
): Promise<CommandServer> {
  signal.throwIfAborted();
  const port = await freePort();
  const child = spawn(command, {
    shell: true,
    detached: true,
    env: { ...process.env, PORT: String(port) },
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
  // No server stays behind, whatever ends this process.
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
  const tell = async (words: string) => {
    // Its last words may come after its end; a process that it left may keep the pipe for ever.
    await Promise.race([drained, sleep(lastWordsMs)]);
    return `${words}\n  ${command}${lastLines()}`;
  };
  try {
    const answered = await untilAnswers(port, child, signal);
    if (hasEnded(child)) {
      throw new RehearsalError('usage', await tell(`the server did not start: ${await ended}`));
    }
    if (!answered) {
      const limit = `within ${startLimitMs / 1000} s`;
      throw new RehearsalError(
        'usage',
        await tell(`the server did not listen on $PORT (${port}) ${limit}`),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    group: child.pid ?? 0,
    failed: ended.then((words) =>
      closing ? stillness : tell(`the server failed during a run: ${words}`),
    ),
    close,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** The last lines of its standard error, to be shown beneath a sentence. */
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

async function untilAnswers(
  port: number,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<boolean> {
  const untilMs = performance.now() + startLimitMs;
  while (!hasEnded(child) && performance.now() < untilMs) {
    if (await answers(port, signal)) return true;
    await sleep(lookMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return false;
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

async function answers(port: number, signal: AbortSignal): Promise<boolean> {
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

/** Ends a process group: in order, and by force where that takes too long. */
async function endGroup(child: ChildProcess): Promise<void> {
  const untilMs = performance.now() + closeGraceMs;
  let isThere = signalGroup(child, 'SIGTERM');
  while (isThere && performance.now() < untilMs) {
    await sleep(lookMs);
    isThere = signalGroup(child, 0);
  }
  if (isThere) signalGroup(child, 'SIGKILL');
}

/** @returns whether any process of the group is there */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
