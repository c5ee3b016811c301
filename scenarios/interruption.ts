import { constants } from 'node:os';

/** Ends a command that a signal has interrupted: printed as one line. */
export class InterruptedError extends Error {
  /** As shells have it: 128 and the number of the signal, 130 for Ctrl+C. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'InterruptedError';
    this.exitCode = exitCode;
  }
}

export interface Interruption {
  /** Its reason is an InterruptedError. */
  signal: AbortSignal;
  /** Gives signals their usual effect again. */
  over(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort; a second one exits at once, and what was
 * started is killed. SIGHUP too: servers in process groups of their own get none when a terminal closes.
 *
 * @param consequence for the message: what the command leaves undone
 */
export function interruption(consequence: string): Interruption {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = (name: NodeJS.Signals) => {
    const exitCode = 128 + constants.signals[name];
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new InterruptedError(`interrupted; ${consequence}`, exitCode));
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    over() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
