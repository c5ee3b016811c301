/** What a person has to change before the program can do as asked: printed as one line, exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A process that we started has failed and told the person why: exit code 2, and nothing to add. */
export class AlreadyToldError extends Error {}

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
  const said = error instanceof Error ? error.message : String(error);
  const found = bindProblems.find(([pattern]) => pattern.test(said));
  if (found === undefined) return error;
  const [, problem, mend] = found;
  return new UsageError(`${flag}: ${host}:${port} ${problem}; ${mend}`);
}
