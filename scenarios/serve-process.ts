import type { MockAgentStats } from '../mock-agent/server.ts';
import type { FromChild, ToChild } from './child-messages.ts';
import { watchProcess, type ProcessWatch } from './process-health.ts';

/** Something that listens, and how to end it. */
export interface Served {
  address: string;
  close(): Promise<void>;
  /** What the agent has done; null of anything else. */
  stats(): MockAgentStats | null;
}

function tell(message: FromChild): void {
  process.send?.(message);
}

/**
 * Keeps this process serving until it is told to stop, then ends it.
 *
 * SIGTERM and SIGINT close cleanly, a second one ends the process at once. Started by another process
 * of ours, it leaves SIGINT to that one (a terminal sends it to both), answers its messages, and goes
 * when that goes.
 *
 * @param announce tells a person; called where nobody else started the process.
 */
export function serveProcess(served: Served, announce: () => void): void {
  let stopping = false;
  const stop = (exitCode: number) => {
    if (stopping) process.exit(exitCode);
    stopping = true;
    void served.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', () => stop(143));
  if (process.send === undefined) {
    process.on('SIGINT', () => stop(130));
    announce();
    return;
  }

  process.on('SIGINT', () => {});
  process.on('disconnect', () => stop(0));
  let watch: ProcessWatch | undefined;
  process.on('message', ({ type }: ToChild) => {
    if (type === 'watch') {
      watch = watchProcess();
    } else {
      watch ??= watchProcess();
      tell({ type: 'report', health: watch.stop(), agent: served.stats() });
      watch = undefined;
    }
  });
  tell({ type: 'listening', address: served.address });
}
