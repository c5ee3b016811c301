import { isRehearsalError, RehearsalError } from './rehearsal-error.ts';

/**
 * Waits for everything that a command reads from its flags.
 * @throws RehearsalError (usage) with every mistake, each on a line of its own
 */
export async function readAll<Values extends readonly unknown[] | []>(
  values: Values,
): Promise<{ -readonly [Place in keyof Values]: Awaited<Values[Place]> }> {
  const outcomes = await Promise.allSettled(values);
  const errors = outcomes.flatMap((each): unknown[] =>
    each.status === 'rejected' ? [each.reason] : [],
  );
  const mistakes = errors.filter((error) => isRehearsalError(error, 'usage'));
  if (mistakes.length === errors.length) refuseAll(mistakes.map(({ message }) => message));
  return Promise.all(values);
}

/** Resolves with what a function returns, or rejects with what it throws, for `readAll`. */
export async function attempt<Value>(read: () => Value): Promise<Value> {
  return read();
}

/** @throws RehearsalError (usage) with every mistake, if there are any */
export function refuseAll(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new RehearsalError('usage', mistakes.join('\nrehearsal: '));
}
