import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Returns the folder of package.json: two folders up from the sources, three from the build.
 * @throws if package.json is missing
 */
export function packageFolder(): string {
  const folder = ['../../', '../../../']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((each) => existsSync(`${each}package.json`));
  if (folder === undefined) {
    throw new Error('package.json, which has the version, is missing from the installation');
  }
  return folder;
}
