import { fork, type ChildProcess } from 'node:child_process';

import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Choice, FromChild, ToChild } from './messages.ts';
import { childEntry } from '../entry.ts';
import { killWhenOrphaned } from './kill-when-orphaned.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { tooFewFiles } from '../console/shortage.ts';
import type { StartMessage } from './start-message.ts';
import { watchAnswers } from './watch-answers.ts';

type Question = 'report' | 'sendTimes' | 'heap';

type Answer<T extends FromChild['type']> = Extract<FromChild, { type: T }>;

/** A process of the stack that listens. */
export interface StackProcess {
  address: string;
  /** Those of an agent, the one that answers by default first. */
  scenarios: readonly Choice[];
  tell(message: ToChild): void;
  /** Passes what the process sends to another one on to it. */
  relayTo(other: Pick<StackProcess, 'tell'>): void;
  /**
   * Asks, and waits for the answer of the same name.
   * @throws RehearsalError (usage) where the process ends or no longer answers
   * @throws the signal's reason
   */
  ask<T extends Question>(type: T, signal?: AbortSignal): Promise<Answer<T>>;
  /** Resolves when the process has ended; the text says which one and how. */
  ended: Promise<string>;
  /**
   * Has it refuse new requests while its streams go on. Resolves when the last one has ended, after `limitMs`,
   * when the signal aborts, or when the process has ended.
   */
  drain(limitMs: number, signal: AbortSignal): Promise<void>;
  /** Closes the process, or kills it by SIGKILL if it does not answer or takes too long. */
  close(): Promise<void>;
}

export interface StackProcessOptions {
  start: StartMessage;
  /** Address of a gateway's agent, which may start later than the gateway. */
  agentAddress?: Promise<string> | undefined;
  /** Aborts the start. */
  signal?: AbortSignal | undefined;
  /** Called when the process stops answering, and when it answers again. */
  onAnswering?: ((isAnswering: boolean, message: string) => void) | undefined;
  /** How long the process may take until it listens. */
  startLimitMs?: number;
}

const defaultStartLimitMs = 60_000;

/** How long a process may take to end its streams and exit. */
const closeGraceMs = 5000;

/**
 * Starts an agent or a gateway in a child process and waits until it listens.
 * @throws RehearsalError (reported) if it ended after it printed the reason
 * @throws RehearsalError (usage) if it ended otherwise, or does not listen in time
 * @throws the signal's reason
 */
export async function startStackProcess({
  start,
  agentAddress,
  signal,
  onAnswering,
  startLimitMs = defaultStartLimitMs,
}: StackProcessOptions): Promise<StackProcess> {
  signal?.throwIfAborted();
  // If the agent does not start, the signal may end this process before anything awaits the address.
  agentAddress?.catch(() => {});
  const { role } = start;
  // The argument is for people who list processes. Options, which may be secret, stay out of that list.
  const child = fork(childEntry, [role], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const endGuard = child.pid === undefined ? undefined : killWhenOrphaned(child.pid);
  const gone = new AbortController();
  const ended = new Promise<string>((resolve) => {
    const end = (reason: string) => {
      process.off('exit', kill);
      endGuard?.();
      gone.abort(new RehearsalError('usage', reason));
      resolve(reason);
    };
    child.on('error', (error) => end(`the ${role} failed: ${error.message}`));
    child.once('exit', (code, killedBy) =>
      end(`the ${role} ended (${killedBy ?? `exit code ${code}`})`),
    );
  });
  const startLimit = new AbortController();
  const startTimer = setTimeout(() => {
    const limit = `${startLimitMs / 1000} s`;
    startLimit.abort(new RehearsalError('usage', `the ${role} did not start within ${limit}`));
  }, startLimitMs);
  // Without the callback a message to a process that is gone would be an uncaught error.
  const tell = (message: ToChild) => void child.send(message, () => {});
  let listening: Answer<'listening'>;
  try {
    const signals = [gone.signal, startLimit.signal, signal];
    await nextMessage(child, 'ready', signals);
    tell(start);
    agentAddress?.then((address) => tell({ type: 'agent', address })).catch(() => {});
    listening = await nextMessage(child, 'listening', signals);
  } catch (error) {
    kill();
    const reason = await ended;
    if (error !== gone.signal.reason) throw error;
    if (child.exitCode === exitCodes.noFileDescriptor)
      throw new RehearsalError('usage', tooFewFiles);
    throw child.exitCode === exitCodes.usage ? new RehearsalError('reported', reason) : error;
  } finally {
    clearTimeout(startTimer);
  }

  const answers = watchAnswers(role, () => tell({ type: 'alive' }), onAnswering);
  child.on('message', ({ type }: FromChild) => {
    if (type === 'alive') answers.answered();
  });
  void ended.then(answers.stop);
  let hasFailed = false;
  return {
    address: listening.address,
    scenarios: listening.scenarios,
    tell,
    relayTo(other) {
      child.on('message', (message: FromChild) => {
        if (message.type === 'relay') other.tell(message);
      });
    },
    async ask(type, signal) {
      const answer = nextMessage(child, type, [gone.signal, answers.silence(), signal]);
      tell({ type });
      try {
        return await answer;
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    },
    ended,
    async drain(limitMs, signal) {
      if (signal.aborted) return;
      const drained = nextMessage(child, 'drained', [gone.signal, answers.silence()]);
      const stop = () => tell({ type: 'endDrain' });
      signal.addEventListener('abort', stop);
      tell({ type: 'drain', limitMs });
      await drained.catch(() => {});
      signal.removeEventListener('abort', stop);
    },
    async close() {
      const graceMs = hasFailed || answers.silence().aborted ? 0 : closeGraceMs;
      const killTimer = setTimeout(kill, graceMs);
      tell({ type: 'close' });
      await ended;
      clearTimeout(killTimer);
    },
  };
}

/** @throws the reason of the first signal that aborts before the message has come */
function nextMessage<T extends FromChild['type']>(
  child: ChildProcess,
  type: T,
  signals: readonly (AbortSignal | undefined)[],
): Promise<Answer<T>> {
  const signal = AbortSignal.any(signals.filter((each) => each !== undefined));
  return new Promise((resolve, reject) => {
    const stop = () => {
      child.off('message', receive);
      signal.removeEventListener('abort', fail);
    };
    const fail = () => {
      stop();
      reject(signal.reason);
    };
    const receive = (message: FromChild) => {
      if (!isOfType(message, type)) return;
      stop();
      resolve(message);
    };
    child.on('message', receive);
    signal.addEventListener('abort', fail);
    if (signal.aborted) fail();
  });
}

function isOfType<T extends FromChild['type']>(message: FromChild, type: T): message is Answer<T> {
  return message.type === type;
}
