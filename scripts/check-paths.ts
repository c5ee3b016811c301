/** Fails where a document, a script or a comment names a file or a folder that does not exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import { findStaleNames } from './stale-names.ts';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const isText = /\.(?:md|ts|tsx|mjs|js|json|ya?ml|proto)$|(?:^|\/)(?:Makefile|Dockerfile|run)$/;
const texts = files
  .filter((file) => isText.test(file) && file !== 'package-lock.json')
  .map((file) => [file, readFileSync(file, 'utf8')] as const);
const stale = findStaleNames(new Set(files), new Map(texts));
if (stale.length > 0) {
  process.stderr.write(`${stale.join('\n')}\n`);
  process.exitCode = 1;
}
