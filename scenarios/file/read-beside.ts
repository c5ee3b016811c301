import { constants } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { readTextFile } from './read-file.ts';

/**
 * Returns the path of a file that a scenario names relative to its folder.
 * @throws RehearsalError (file) for an absolute path and for one that leads out of the folder
 */
export function pathBeside(scenario: string, name: string): string {
  if (isAbsolute(name) || win32.isAbsolute(name)) {
    throw new RehearsalError(
      'file',
      "this is an absolute path; name a file in the scenario's folder",
    );
  }
  if (name.split(/[/\\]/).includes('..')) {
    throw new RehearsalError('file', "this leads out of the scenario's folder");
  }
  return join(dirname(scenario), name);
}

/**
 * Reads a file that a scenario names. Links may not lead out of the scenario's folder: a downloaded
 * scenario must not be able to show other files of the machine.
 *
 * @param mostBytes larger files are refused unread
 * @throws RehearsalError (file)
 */
export async function readBeside(
  scenario: string,
  name: string,
  mostBytes: number,
): Promise<string> {
  const path = pathBeside(scenario, name);
  const [root, real] = await Promise.all([realpath(dirname(scenario)), realpath(path)]).catch(
    () => {
      throw new RehearsalError('file', 'there is no such file');
    },
  );
  const inside = relative(root, real);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new RehearsalError('file', "this is a link that leads out of the scenario's folder");
  }
  // The links are resolved; O_NOFOLLOW refuses one that has appeared since.
  return readTextFile(real, mostBytes, constants.O_NOFOLLOW);
}
