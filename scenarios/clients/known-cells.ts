import { z } from 'zod';

import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { readList } from '../file/read-list.ts';
import { outcomeSchema, type Outcome } from './observation.ts';

const knownSchema = z.record(z.string(), outcomeSchema);

/**
 * Reads a list of known cells: YAML or JSON with the outcomes of cases by their names.
 * @param names of all cases
 * @throws RehearsalError (usage) for a file that is not such a list
 */
export async function readKnownCells(
  path: string,
  names: readonly string[],
): Promise<Map<string, Outcome>> {
  const list = await readList(path, (message) => refusal(path, message));
  const { data, error } = knownSchema.safeParse(list ?? {}, { error: wordIssue });
  if (error !== undefined) {
    const [issue] = error.issues;
    const place = issue?.path.map(String).join('.') ?? '';
    throw refusal(path, `${place === '' ? 'the list' : place} ${issue?.message}`);
  }
  const unknown = Object.keys(data).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw refusal(path, `there is no case ${quote(unknown)}${didYouMean(unknown, names)}`);
  }
  return new Map(Object.entries(data));
}

function refusal(path: string, message: string): RehearsalError {
  return new RehearsalError(
    'usage',
    `--allow: ${path}: ${message}; write lines such as \`silent-stall: told late\``,
  );
}
