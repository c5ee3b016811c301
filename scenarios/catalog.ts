import { access, readdir } from 'node:fs/promises';
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

/** Whether a reference to a scenario is the path of a file, and not a name of the catalogue. */
export const isPath = (reference: string): boolean => /[/\\]|\.ya?ml$/.test(reference);

/** Whether every scenario is a name of the catalogue or an existing file, which is not read. */
export async function areAllThere(references: readonly string[]): Promise<boolean> {
  try {
    const names = references.every(isPath) ? [] : await catalogNames();
    await Promise.all(references.filter(isPath).map((path) => access(path)));
    return references.every((reference) => isPath(reference) || names.includes(reference));
  } catch {
    return false;
  }
}
