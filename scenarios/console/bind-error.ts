import { RehearsalError } from './rehearsal-error.ts';

/** What the system said to an address that could not be bound, and the mend. */
const bindProblems: readonly [pattern: RegExp, problem: string, mend: string][] = [
  [/EADDRINUSE/, 'is in use', 'choose another, or 0 for a free one'],
  [/EACCES/, 'may not be used without more rights', 'choose one above 1023'],
  [/EADDRNOTAVAIL|ENOTFOUND|Name resolution failed/, 'is no address of this machine', 'see --host'],
];

/**
 * Makes the failure to bind an address a line that says what to do.
 * @param flag the option that sets the port
 */
export function explainBindError(
  error: unknown,
  host: string,
  port: number,
  flag: string,
): unknown {
  const text = error instanceof Error ? error.message : String(error);
  const found = bindProblems.find(([pattern]) => pattern.test(text));
  if (found === undefined) return error;
  const [, problem, mend] = found;
  return new RehearsalError('usage', `${flag}: ${host}:${port} ${problem}; ${mend}`);
}
