import type { MockAgentStats } from '../../mock-agent/server.ts';
import type { Choice, FromChild, ToChild } from './messages.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { heapInUseBytes } from './heap-in-use.ts';
import type { SendTimesRecord } from './send-times.ts';
import type { StartMessage } from './start-message.ts';
import { watchProcess, type ProcessWatch } from './process-health.ts';

/** A server in a child process. */
export interface Served {
  address: string;
  close(): Promise<void>;
  drain(limitMs: number, signal: AbortSignal): Promise<void>;
  /** What an agent has done. */
  stats?: () => MockAgentStats;
  sendTimes: SendTimesRecord;
  /** The scenarios of an agent. */
  scenarios?: readonly Choice[];
}

function tell(message: FromChild): void {
  // Without the callback, a parent that has just exited would be an uncaught error.
  process.send?.(message, () => {});
}

/**
 * How long a child waits for the parent's `close` after SIGTERM: a signal to the process group reaches
 * both, and the parent closes the gateway before its agent.
 */
const parentGraceMs = 1000;

/** Leaves SIGINT and SIGHUP to the parent: a terminal sends them to both. */
export function leaveSignalsToParent(): void {
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
}

/** Receives the start message of the parent. */
export function onStart(start: (message: StartMessage) => void): void {
  process.on('message', (message: ToChild) => {
    if (message.type === 'start') start(message);
  });
  tell({ type: 'ready' });
}

/** Tells the parent that a server listens, answers its messages, and exits with it. */
export function answerParent(served: Served): void {
  let isClosing = false;
  const stop = () => {
    if (isClosing) return;
    isClosing = true;
    void served.close().finally(endProcess);
  };
  let draining: AbortController | undefined;
  const drain = async (limitMs: number) => {
    draining = new AbortController();
    await served.drain(limitMs, draining.signal);
    tell({ type: 'drained' });
  };
  process.on('SIGTERM', () => setTimeout(() => draining ?? stop(), parentGraceMs));
  process.on('disconnect', stop);
  if (!process.connected) stop();
  let watch: ProcessWatch | undefined;
  process.on('message', (message: ToChild) => {
    switch (message.type) {
      case 'start':
      case 'agent':
      case 'relay':
        return;
      case 'watch':
        watch = watchProcess();
        return;
      case 'report':
        watch ??= watchProcess();
        tell({ type: 'report', health: watch.stop(), agent: served.stats?.() ?? null });
        watch = undefined;
        return;
      case 'record':
        served.sendTimes.start();
        return;
      case 'sendTimes':
        tell({ type: 'sendTimes', times: served.sendTimes.take() });
        return;
      case 'heap':
        tell({ type: 'heap', inUseBytes: heapInUseBytes() });
        return;
      case 'alive':
        tell({ type: 'alive' });
        return;
      case 'drain':
        void drain(message.limitMs);
        return;
      case 'endDrain':
        draining?.abort();
        return;
      case 'close':
        stop();
    }
  });
  const { address, scenarios = [] } = served;
  const choices = scenarios.map(({ name, description, seed }) => ({ name, description, seed }));
  tell({ type: 'listening', address, scenarios: choices });
}

/** Returns the agent's address once the parent has sent it. */
export function addressOfAgent(): Promise<string> {
  return new Promise((resolve) => {
    const receive = (message: ToChild) => {
      if (message.type !== 'agent') return;
      process.off('message', receive);
      process.off('disconnect', endProcess);
      resolve(message.address);
    };
    process.on('message', receive);
    process.on('disconnect', endProcess);
    if (!process.connected) endProcess();
  });
}

function endProcess(): void {
  process.exit(exitCodes.success);
}
