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
  refuseUnknown(known, ids, (message) => refusal(path, message));
  return known;
}

/**
 * @param refuse makes an error of what is wrong
 * @throws its error for an id of no clause
 */
export function refuseUnknown(
  given: Iterable<string>,
  ids: readonly string[],
  refuse: (message: string) => Error,
): void {
  for (const id of given) {
    if (!ids.includes(id)) {
      throw refuse(`there is no clause ${quote(id)}${didYouMean(id, ids)}`);
    }
  }
}

function refusal(path: string, message: string): RehearsalError {
  return new RehearsalError(
    'usage',
    `--known: ${path}: ${message}; write lines such as \`- D2-reading\``,
  );
}
