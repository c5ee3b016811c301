import { parseDocument } from 'yaml';
import { z } from 'zod';

import { didYouMean, quote } from '../../proto/problems/nearest-name.ts';
import { wordIssue } from '../../proto/problems/word-issue.ts';
import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { readTextFile } from '../file/read-file.ts';
import { outcomeSchema, type Outcome } from './observation.ts';

const mostBytes = 100_000;

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
  let text: string;
  try {
    text = await readTextFile(path, mostBytes);
  } catch (error) {
    if (!isRehearsalError(error, 'file')) throw error;
    throw refusal(path, error.message);
  }
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake !== undefined) throw refusal(path, mistake.message.split('\n')[0] ?? '');
  const { data, error } = knownSchema.safeParse(document.toJS() ?? {}, { error: wordIssue });
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
