/** Writes the tables of exit codes in `README.md` and `docs/ci.md` anew: `npm run generate`. */
import { readFileSync, writeFileSync } from 'node:fs';

import { exitCodeMeanings } from '../scenarios/console/exit-codes.ts';

const place =
  /(?<=<!-- written by .* from scenarios\/console\/exit-codes\.ts -->\n\n).*?(?=\n\n<!-- end -->)/s;

function write(path: string, rows: readonly (readonly (string | number)[])[]): void {
  const file = new URL(`../${path}`, import.meta.url);
  const before = readFileSync(file, 'utf8');
  if (!place.test(before)) throw new Error(`${path} has no place for the table of exit codes`);
  const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  writeFileSync(
    file,
    before.replace(place, () => table),
  );
}

write('README.md', [
  ['exit code', 'means'],
  ['---', '---'],
  ...exitCodeMeanings.map(({ code, means }) => [code, means]),
]);
write('docs/ci.md', [
  ['exit code', 'means', 'what to do'],
  ['---', '---', '---'],
  ...exitCodeMeanings.map(({ code, means, advice }) => [code, means, advice]),
]);
