import { z } from 'zod';

import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { readList } from '../file/read-list.ts';

const knownSchema = z.array(z.string()).nullable();

/**
 * Reads a list of known failures: YAML or JSON with the ids of clauses.
 * @param ids of all clauses
 * @throws RehearsalError (usage) for a file that is not such a list
 */
export async function readKnownFailures(
  path: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const list = await readList(path, (message) => refusal(path, message));
  const { data, success } = knownSchema.safeParse(list);
  if (!success) throw refusal(path, 'it is not a list of clauses');
  const known = new Set(data ?? []);
  const unknown = describeUnknown(known, ids);
  if (unknown.length > 0) throw refusal(path, unknown.join(', '));
  return known;
}

/** Says of each id that no clause has which one may have been meant. */
export function describeUnknown(given: Iterable<string>, ids: readonly string[]): string[] {
  return [...given]
    .filter((id) => !ids.includes(id))
    .map((id) => `there is no clause ${quote(id)}${didYouMean(id, ids)}`);
}

function refusal(path: string, message: string): RehearsalError {
  return new RehearsalError(
    'usage',
    `--known: ${path}: ${message}; write lines such as \`- D2-reading\``,
  );
}
