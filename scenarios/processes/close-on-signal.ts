import { exitCodeOfSignal, exitCodes } from '../console/exit-codes.ts';
import { outlivesHangUp } from '../console/hang-up.ts';

interface ClosableServer {
  close(): Promise<void>;
  /** Lets the open streams go on until the signal aborts or their time is over. */
  drain?: ((limitMs: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/**
 * Closes a server on SIGTERM, SIGINT or SIGHUP, then exits with code 0. A second signal exits at once.
 * With a time to drain, the first signal drains the server, and the second closes it.
 * A process that nohup started ignores SIGHUP.
 */
export function closeOnSignal({ close, drain }: ClosableServer, drainMs = 0): void {
  let draining: AbortController | undefined;
  let isClosing = false;
  const end = async () => {
    if (drain !== undefined && drainMs > 0) {
      draining = new AbortController();
      await drain(drainMs, draining.signal);
    }
    isClosing = true;
    await close();
  };
  let hasBegun = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isClosing) process.exit(exitCodeOfSignal(signal));
    if (hasBegun) {
      draining?.abort();
      return;
    }
    hasBegun = true;
    void end().finally(() => process.exit(exitCodes.success));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (!outlivesHangUp) process.on('SIGHUP', stop);
}
