import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the scenarios that come with the package are, a file each. */
export const catalogFolder = fileURLToPath(new URL('catalog/', import.meta.url));

/** The scenario that answers where none is named. */
export const defaultScenario = 'healthy';

/** Returns the names of the catalogue in order of the alphabet. */
export async function catalogNames(): Promise<string[]> {
  const files = await readdir(catalogFolder);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .toSorted();
}

/** Returns what a command serves: the named scenarios, else the whole catalogue with the default first. */
export async function orWholeCatalog(references: readonly string[]): Promise<string[]> {
  if (references.length > 0) return [...references];
  return [...new Set([defaultScenario, ...(await catalogNames())])];
}
