import type { MockAgentStats } from '../../mock-agent/server.ts';
import type { Choice, FromChild, ToChild } from './messages.ts';
import { exitCodeOfSignal, exitCodes } from '../console/exit-codes.ts';
import { outlivesHangUp } from '../console/hang-up.ts';
import { heapInUseBytes } from './heap-in-use.ts';
import type { SendTimesRecord } from './send-times.ts';
import { watchProcess, type ProcessWatch } from './process-health.ts';

/** Something that listens, and how to end it. */
export interface Served {
  address: string;
  close(): Promise<void>;
  /** What the agent has done; null of anything else. */
  stats(): MockAgentStats | null;
  /** When it sent what; null of what has children for that. */
  sendTimes: SendTimesRecord | null;
  /** The scenarios of an agent. */
  scenarios?: readonly Choice[];
}

function tell(message: FromChild): void {
  // Without the callback a parent that went away in this moment would be an uncaught error.
  process.send?.(message, () => {});
}

/**
 * A signal to the whole group reaches a child of ours and its parent alike. The parent ends its children
 * in order, the gateway before its agent: so long is its word waited for.
 */
const parentGraceMs = 1000;

/** Whether another process of ours has started this one, such as `serve` its agent. */
export function isChildOfOurs(): boolean {
  return process.send !== undefined;
}

/**
 * Keeps this process serving until it is told to stop, then ends it.
 *
 * SIGTERM, SIGINT and SIGHUP close cleanly, a second one ends the process at once. Started by another
 * process of ours, it leaves SIGINT and SIGHUP to that one (a terminal sends them to both) and gives it time to act on
 * SIGTERM, answers its messages, and goes when that goes.
 *
 * @param announce tells a person; called where nobody else started the process.
 */
export function serveProcess(served: Served, announce: () => void): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void served.close().finally(() => process.exit(exitCodes.success));
  };
  const stopOrForce = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(exitCodeOfSignal(signal));
    stop();
  };
  if (!isChildOfOurs()) {
    process.on('SIGTERM', stopOrForce);
    process.on('SIGINT', stopOrForce);
    if (!outlivesHangUp) process.on('SIGHUP', stopOrForce);
    announce();
    return;
  }

  process.on('SIGTERM', () => setTimeout(stop, parentGraceMs));
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  process.on('disconnect', stop);
  if (!process.connected) stop();
  let watch: ProcessWatch | undefined;
  process.on('message', ({ type }: ToChild) => {
    switch (type) {
      case 'agent':
        return;
      case 'watch':
        watch = watchProcess();
        return;
      case 'report':
        watch ??= watchProcess();
        tell({ type: 'report', health: watch.stop(), agent: served.stats() });
        watch = undefined;
        return;
      case 'record':
        served.sendTimes?.start();
        return;
      case 'sendTimes':
        tell({ type: 'sendTimes', times: served.sendTimes?.take() ?? {} });
        return;
      case 'heap':
        tell({ type: 'heap', inUseBytes: heapInUseBytes() });
        return;
      case 'alive':
        tell({ type: 'alive' });
        return;
      case 'close':
        stop();
    }
  });
  const { address, scenarios = [] } = served;
  const choices = scenarios.map(({ name, description, seed }) => ({ name, description, seed }));
  tell({ type: 'listening', address, scenarios: choices });
}

/** Returns where the agent listens, once the process that started this one says so. */
export function addressOfAgent(): Promise<string> {
  return new Promise((resolve) => {
    const receive = (message: ToChild) => {
      if (message.type === 'close') endProcess();
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
