import { existsSync, readFileSync } from 'node:fs';

/**
 * Returns the version in package.json: two folders up from the sources, three from the build.
 * @throws if package.json is missing
 */
export function toolVersion(): string {
  const manifest = ['../../package.json', '../../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  const content: unknown =
    manifest === undefined ? undefined : JSON.parse(readFileSync(manifest, 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content) {
    return String(content.version);
  }
  throw new Error('package.json, which has the version, is missing from the installation');
}
