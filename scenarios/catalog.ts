import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The folder of the catalogue, one file per scenario. */
export const catalogFolder = fileURLToPath(new URL('catalog/', import.meta.url));

/** The scenario that answers requests that name none. */
export const defaultScenario = 'healthy';

/** Returns the names of the catalogue in alphabetical order. */
export async function catalogNames(): Promise<string[]> {
  const files = await readdir(catalogFolder);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .toSorted();
}

/** Returns the scenarios that a command serves: the named ones, else the complete catalogue with the default first. */
export async function orWholeCatalog(references: readonly string[]): Promise<string[]> {
  if (references.length > 0) return [...references];
  return [...new Set([defaultScenario, ...(await catalogNames())])];
}
