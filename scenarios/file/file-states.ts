import { stat } from 'node:fs/promises';

/**
 * Returns a text that changes when a file does: when it is written, replaced, removed or made, also at the
 * other end of links.
 */
export async function stateOfFiles(paths: Iterable<string>): Promise<string> {
  const states = await Promise.all(Array.from(paths, stateOf));
  return states.join('\n');
}

async function stateOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}
