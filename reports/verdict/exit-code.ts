import type { Verdict } from './verdict.ts';

/** The exit code of a run: 2 is missing here, for bad usage never comes to a verdict. */
export const exitCodes = { pass: 0, warn: 0, fail: 1, invalid: 3 } as const satisfies Record<
  Verdict,
  number
>;

/** The exit code of several runs: a failed one counts first, an invalid one says nothing about the server. */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  const counts = (['fail', 'invalid'] as const).find((verdict) => verdicts.includes(verdict));
  return exitCodes[counts ?? 'pass'];
}
