import { parseDocument } from 'yaml';

import { isRehearsalError } from '../console/rehearsal-error.ts';
import { readTextFile } from './read-file.ts';

const mostBytes = 100_000;

/**
 * Reads a file of YAML or JSON that a flag names, such as a list of known failures; null for an empty one.
 * @param refuse makes the error for a file that cannot be read or parsed
 * @throws its error
 */
export async function readList(path: string, refuse: (message: string) => Error): Promise<unknown> {
  let text: string;
  try {
    text = await readTextFile(path, mostBytes);
  } catch (error) {
    if (!isRehearsalError(error, 'file')) throw error;
    throw refuse(error.message);
  }
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake !== undefined) throw refuse(mistake.message.split('\n')[0] ?? '');
  return document.toJS();
}
