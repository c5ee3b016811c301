import { UsageError } from './usage-error.ts';

export interface Interruption {
  signal: AbortSignal;
  /** From now on a signal ends the process as ever. */
  over(): void;
}

/**
 * Makes a signal to end of the process the abort of what it is doing. A terminal that closes is an end like
 * Ctrl+C: servers with process groups of their own hear of neither.
 */
export function interruption(): Interruption {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = () => {
    // A second one does not wait: what was started is killed as the process exits.
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new UsageError('interrupted; nothing was compared'));
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    over() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
