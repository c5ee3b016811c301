import { exitCodeOfSignal } from './exit-codes.ts';
import { RehearsalError } from './rehearsal-error.ts';
import { outlivesHangUp } from './hang-up.ts';

/**
 * The error of a command that a signal has interrupted: printed as one line.
 * @param consequence what the command leaves undone
 */
export function interruptedError(consequence: string, exitCode: number): RehearsalError {
  return new RehearsalError('interrupted', `interrupted; ${consequence}`, { exitCode });
}

export interface Interruption {
  signal: AbortSignal;
  /** The exit code of a command that was interrupted and has gone on to its end; else undefined. */
  exitCode(): number | undefined;
  /** Gives signals their usual effect again. */
  over(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort; a second one exits at once, and what was
 * started is killed. SIGHUP too: servers in process groups of their own get none when a terminal closes. Not SIGHUP under nohup.
 *
 * @param reasonOf returns the reason of the abort for the exit code that is the signal's
 */
export function interruption(reasonOf: (exitCode: number) => Error): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).filter(
    (name) => name !== 'SIGHUP' || !outlivesHangUp,
  );
  const interrupt = (name: NodeJS.Signals) => {
    if (exitCode !== undefined) process.exit(exitCode);
    exitCode = exitCodeOfSignal(name);
    controller.abort(reasonOf(exitCode));
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    over() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
