import { expect, test } from 'vitest';

import { findStaleNames } from './stale-names.ts';

const files = new Set(['src/load/run.ts', 'src/load/run.test.ts', 'texts/guide.md', 'Makefile']);

const staleIn = (file: string, text: string) => findStaleNames(files, new Map([[file, text]]));

test('what exists, is made by a build, or is no path of ours is right', () => {
  const text = [
    '`src/load/run.ts`, `src/load/`, `run.ts`, `load/run.ts` and src/load/run.js.',
    'https://example.org/src/gone.ts, ../src/gone.txt, elsewhere/gone.json, dist/gone.js',
  ].join('\n');
  expect(staleIn('texts/guide.md', text)).toEqual([]);
});

test.each([
  ['texts/guide.md', 'see `src/load/gone.ts`', 'there is no src/load/gone.ts'],
  ['texts/guide.md', 'see `src/gone/`', 'there is no src/gone'],
  ['texts/guide.md', 'see `load/walk.ts`', 'no source is called load/walk.ts'],
  ['Makefile', 'all:\n\trun src/gone.js', 'there is no src/gone.js'],
  ['Makefile', 'all:\n\trun src/gone', 'there is no src/gone'],
  ['src/load/run.ts', '/** As walk.ts does. */', 'no source is called walk.ts'],
])('in %s, %s is named', (file, text, message) => {
  expect(new Set(staleIn(file, text))).toContain(`${file}: ${message}`);
});

test('the code of a source may name files that do not exist, such as those of a test', () => {
  expect(staleIn('src/load/run.ts', "write('walk.ts', '');")).toEqual([]);
});
