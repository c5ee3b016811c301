import { exitCodeOfSignal } from './exit-codes.ts';
import { RehearsalError } from './rehearsal-error.ts';
import { outlivesHangUp } from './hang-up.ts';

/**
 * Returns the error of an interrupted command, which prints as one line.
 * @param consequence what the command did not do
 */
export function interruptedError(consequence: string, exitCode: number): RehearsalError {
  return new RehearsalError('interrupted', `interrupted; ${consequence}`, { exitCode });
}

export interface Interruption {
  signal: AbortSignal;
  /** Returns the exit code of a command that completed after an interruption; undefined without one. */
  exitCode(): number | undefined;
  /** Restores the default effect of the signals. */
  over(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort; a second one exits at once, which kills the
 * child processes. SIGHUP is included because a terminal that closes sends none to servers in process
 * groups of their own; under nohup it is ignored.
 *
 * @param reasonOf returns the reason of the abort; receives the exit code of the signal
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
