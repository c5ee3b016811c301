/** Fails on forbidden imports and cycles. The rules are the tables of docs/architecture.md. */
import { readFileSync } from 'node:fs';

import { findViolations, readFloors } from './floors.ts';
import { repositoryFiles } from './repository-files.ts';

const floors = readFloors(readFileSync('docs/architecture.md', 'utf8'));
const files = repositoryFiles('*.ts', '*.tsx').filter((file) =>
  floors.folders.has(file.split('/', 1)[0] ?? ''),
);
const violations = findViolations(
  floors,
  new Map(files.map((file) => [file, readFileSync(file, 'utf8')])),
);
if (violations.length > 0) {
  process.stderr.write(`${violations.join('\n')}\n`);
  process.exitCode = 1;
}
