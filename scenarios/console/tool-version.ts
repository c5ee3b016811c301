import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageFolder } from './package-folder.ts';

/**
 * Returns the version in package.json.
 * @throws if package.json is missing, or has none
 */
export function toolVersion(): string {
  const content: unknown = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
  if (typeof content === 'object' && content !== null && 'version' in content) {
    return String(content.version);
  }
  throw new Error('package.json of the installation has no version');
}
