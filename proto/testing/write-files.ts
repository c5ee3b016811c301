import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** Writes the texts as files of a new folder, until the test ends; returns their paths by the same names. */
export async function writeFiles<Texts extends Readonly<Record<string, string | undefined>>>(
  texts: Texts,
): Promise<Texts> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const paths = Object.entries(texts).map(async ([name, text]) => {
    if (text === undefined) return [name, undefined];
    const path = join(folder, name);
    await writeFile(path, text);
    return [name, path];
  });
  return Object.fromEntries(await Promise.all(paths));
}
