import { constants } from 'node:os';

import type { Comparison } from '../../reports/compare/comparison.ts';
import type { Verdict } from '../../reports/verdict/verdict.ts';

/** Every exit code of the command line. */
export const exitCodes = {
  success: 0,
  /** A target missed, or a regression. */
  failure: 1,
  /** Wrong usage, an invalid scenario, a set-up that does not work. */
  usage: 2,
  /** The measuring side was too late to judge. */
  invalid: 3,
  /** Ctrl+C; {@link exitCodeOfSignal} returns the codes of other signals. */
  interrupted: exitCodeOfSignal('SIGINT'),
  /** Internal: a child process found no file descriptor left; its parent prints why. */
  noFileDescriptor: 24,
} as const;

/** Returns the exit code that shells report for a process ended by a signal: 130 for SIGINT. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

export const verdictExitCodes = {
  pass: exitCodes.success,
  warn: exitCodes.success,
  fail: exitCodes.failure,
  invalid: exitCodes.invalid,
} as const satisfies Record<Verdict, number>;

/** Returns the exit code of several runs: that of a failed run, else of an invalid one, else success. */
export function exitCodeOfVerdicts(verdicts: readonly Verdict[]): number {
  const decisive = (['fail', 'invalid'] as const).find((verdict) => verdicts.includes(verdict));
  return verdictExitCodes[decisive ?? 'pass'];
}

export const comparisonExitCodes = {
  none: exitCodes.success,
  inconclusive: exitCodes.success,
  regression: exitCodes.failure,
  invalid: exitCodes.invalid,
} as const satisfies Record<Comparison['answer'], number>;

/** The meaning of each exit code of `run`, and what to do: the source of the tables in the documents. */
export const exitCodeMeanings: readonly { code: number; means: string; advice: string }[] = [
  {
    code: exitCodes.success,
    means: 'every target met, or one missed without reaching its alarm (`--strict` makes that a 1)',
    advice: '',
  },
  {
    code: exitCodes.failure,
    means: 'an alarm was reached',
    advice: 'the server is too slow, or fails',
  },
  {
    code: exitCodes.usage,
    means:
      'wrong usage, an invalid scenario, a port in use, a folder that cannot be written, a process that hangs, no verdict',
    advice: 'correct what the message names',
  },
  {
    code: exitCodes.invalid,
    means: 'invalid: the measuring side was too late, or not steady enough, to judge the server',
    advice: 'what the report says: fewer streams, or a machine with more cores',
  },
  {
    code: exitCodes.interrupted,
    means: `interrupted by Ctrl+C (${exitCodeOfSignal('SIGTERM')} by SIGTERM, ${exitCodeOfSignal('SIGHUP')} by SIGHUP)`,
    advice: 'run it again',
  },
];

/**
 * Returns the exit code line of a command's help.
 * @param meanings in the order in which the line lists them
 */
export function exitCodesHelp(
  meanings: Partial<Record<Exclude<keyof typeof exitCodes, 'noFileDescriptor'>, string>>,
): string {
  const parts = Object.entries(meanings).map(
    ([name, meaning]) => `${Reflect.get(exitCodes, name)} ${meaning}`,
  );
  return `Exit codes: ${parts.join('; ')}.`;
}
