import { stat } from 'node:fs/promises';

/**
 * Returns a text that changes when a file is written, replaced, removed or created, also behind links.
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
