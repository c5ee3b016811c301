import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Problem } from '../console/rehearsal-error.ts';

/**
 * Expands paths: a folder becomes every *.yaml and *.yml below it, except in hidden folders and
 * node_modules; a file stays.
 */
export async function scenarioFiles(
  paths: readonly string[],
): Promise<{ files: string[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const found = await Promise.all(
    paths.map(async (path) => {
      const isFolder = await stat(path).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      if (!isFolder) return [path];
      const files = await filesBelow(path);
      if (files.length > 0) return files;
      const message = 'this folder contains no *.yaml and no *.yml';
      problems.push({ file: path, line: 1, column: 1, message });
      return [];
    }),
  );
  return { files: [...new Set(found.flat())], problems };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .map(async (entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(path);
        return /\.ya?ml$/.test(entry.name) ? [path] : [];
      }),
  );
  return files.flat().toSorted();
}
