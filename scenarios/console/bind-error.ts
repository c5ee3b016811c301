import { RehearsalError } from './rehearsal-error.ts';

/** System errors of an address that cannot be bound: what is wrong and what to do. */
const bindProblems: readonly [pattern: RegExp, problem: string, advice: string][] = [
  [/EADDRINUSE/, 'is in use', 'choose another, or 0 for a free one'],
  [/EACCES/, 'needs more privileges', 'choose one above 1023'],
  [
    /EADDRNOTAVAIL|ENOTFOUND|Name resolution failed/,
    'is not an address of this machine',
    'correct --host',
  ],
];

/**
 * Turns a failure to bind an address into a usage error that says what to do; returns other errors unchanged.
 * @param flag the option that sets the port, such as `--port`
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
  const [, problem, advice] = found;
  return new RehearsalError('usage', `${flag}: ${host}:${port} ${problem}; ${advice}`);
}

/** System errors of a Unix socket, likewise. */
const socketProblems: readonly [pattern: RegExp, problem: string, advice: string][] = [
  [/EADDRINUSE/, 'is in use, or another file', 'choose another path'],
  [/EACCES/, 'is in a folder that cannot be written', 'choose another path'],
  [/EINVAL|ENAMETOOLONG/, 'is too long for a socket', 'choose a path of at most 100 bytes'],
  [/ENOENT|ENOTDIR/, 'is in a folder that does not exist', 'create it'],
];

/** Turns a failure to bind a Unix socket into a usage error; returns other errors unchanged. */
export function explainSocketError(error: unknown, path: string): unknown {
  const text = error instanceof Error ? error.message : String(error);
  const [, problem, advice] = socketProblems.find(([pattern]) => pattern.test(text)) ?? [];
  if (problem === undefined) return error;
  return new RehearsalError('usage', `--socket: ${path} ${problem}; ${advice}`);
}
