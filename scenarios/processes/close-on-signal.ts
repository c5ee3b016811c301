import { exitCodeOfSignal, exitCodes } from '../console/exit-codes.ts';
import { outlivesHangUp } from '../console/hang-up.ts';

/**
 * Closes a server on SIGTERM, SIGINT or SIGHUP, then exits with code 0. A second signal exits at once.
 * A process that nohup started ignores SIGHUP.
 */
export function closeOnSignal(close: () => Promise<void>): void {
  let isClosing = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isClosing) process.exit(exitCodeOfSignal(signal));
    isClosing = true;
    void close().finally(() => process.exit(exitCodes.success));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (!outlivesHangUp) process.on('SIGHUP', stop);
}
