import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';

/** A file beside a scenario that cannot be used; the message says why, and names it as the scenario does. */
export class BesideError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BesideError';
  }
}

/**
 * The path of a file that a scenario names, relative to itself.
 * @throws BesideError for a name that cannot be one of the scenario's folder, or below it
 */
export function pathBeside(scenario: string, name: string): string {
  if (isAbsolute(name) || win32.isAbsolute(name)) {
    throw new BesideError(`"${name}" is an absolute path; name a file in the scenario's folder`);
  }
  if (name.split(/[/\\]/).includes('..')) {
    throw new BesideError(`"${name}" leads out of the scenario's folder`);
  }
  return join(dirname(scenario), name);
}

/**
 * Reads a file that a scenario names. Wherever links lead, it lies in the scenario's folder or below:
 * a scenario from elsewhere must not be able to show what else is on the machine.
 *
 * @param mostBytes what is larger is refused unread
 * @returns its text: UTF-8, without a byte order mark
 * @throws BesideError
 */
export async function readBeside(
  scenario: string,
  name: string,
  mostBytes: number,
): Promise<string> {
  const path = pathBeside(scenario, name);
  const bytes = await readInside(dirname(scenario), path, name, mostBytes).catch(
    (error: unknown) => {
      if (error instanceof BesideError) throw error;
      throw new BesideError(explain(error, name, path));
    },
  );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new BesideError(`"${name}" is not UTF-8`);
  }
}

async function readInside(
  folder: string,
  path: string,
  name: string,
  mostBytes: number,
): Promise<Buffer> {
  const [root, real] = await Promise.all([realpath(folder), realpath(path)]);
  const inside = relative(root, real);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new BesideError(`"${name}" is a link that leads out of the scenario's folder`);
  }
  // What the links led to, without following another; and a pipe that nobody writes must not hold us up.
  const file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new BesideError(`"${name}" is no file`);
    if (found.size > mostBytes) {
      throw new BesideError(
        `"${name}" has ${found.size} bytes, more than the ${mostBytes} allowed`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function explain(error: unknown, name: string, path: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}`;
  const said = error instanceof Error ? error.message : String(error);
  return `"${name}" cannot be read: ${said}`;
}
