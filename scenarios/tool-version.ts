import { existsSync, readFileSync } from 'node:fs';

import { z } from 'zod';

/** The version of this package, from its manifest: one folder up in the sources, two when built. */
export function toolVersion(): string {
  const manifest = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  if (manifest === undefined) throw new Error('package.json is missing from the installation');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')))
    .version;
}
