/** Fails where an import runs up, or in a circle: the rules are the tables of docs/architecture.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

import { findViolations, readFloors } from './floors.ts';

const floors = readFloors(readFileSync('docs/architecture.md', 'utf8'));
const files = [...floors.folders.keys()].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => posix.join(folder, file)),
);
const violations = findViolations(
  floors,
  new Map(files.map((file) => [file, readFileSync(file, 'utf8')])),
);
if (violations.length > 0) {
  process.stderr.write(`${violations.join('\n')}\n`);
  process.exitCode = 1;
}
