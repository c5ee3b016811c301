import { constants } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';

import { FileError, readTextFile } from './read-file.ts';

/**
 * The path of a file that a scenario names, relative to itself.
 * @throws FileError for a name that cannot be one of the scenario's folder, or below it
 */
export function pathBeside(scenario: string, name: string): string {
  if (isAbsolute(name) || win32.isAbsolute(name)) {
    throw new FileError("this is an absolute path; name a file in the scenario's folder");
  }
  if (name.split(/[/\\]/).includes('..')) {
    throw new FileError("this leads out of the scenario's folder");
  }
  return join(dirname(scenario), name);
}

/**
 * Reads a file that a scenario names. Wherever links lead, it lies in the scenario's folder or below:
 * a scenario from elsewhere must not be able to show what else is on the machine.
 *
 * @param mostBytes what is larger is refused unread
 * @throws FileError
 */
export async function readBeside(
  scenario: string,
  name: string,
  mostBytes: number,
): Promise<string> {
  const path = pathBeside(scenario, name);
  const [root, real] = await Promise.all([realpath(dirname(scenario)), realpath(path)]).catch(
    () => {
      throw new FileError('there is no such file');
    },
  );
  const inside = relative(root, real);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new FileError("this is a link that leads out of the scenario's folder");
  }
  // What the links led to, without following another.
  return readTextFile(real, mostBytes, constants.O_NOFOLLOW);
}
