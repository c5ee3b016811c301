/** Fails if a document, a script or a comment names a file or a folder that does not exist. */
import { readFileSync } from 'node:fs';

import { repositoryFiles } from './repository-files.ts';
import { findStaleNames } from './stale-names.ts';

const files = repositoryFiles();
const isText = /\.(?:md|ts|tsx|mjs|js|json|ya?ml|proto)$|(?:^|\/)(?:Makefile|Dockerfile|run)$/;
const texts = files
  .filter((file) => isText.test(file) && file !== 'package-lock.json')
  .map((file) => [file, readFileSync(file, 'utf8')] as const);
const stale = findStaleNames(new Set(files), new Map(texts));
if (stale.length > 0) {
  process.stderr.write(`${stale.join('\n')}\n`);
  process.exitCode = 1;
}
