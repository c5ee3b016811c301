import { expect, test } from 'vitest';

import { findStaleNames } from './stale-names.ts';

const files = new Set(['src/load/run.ts', 'src/load/run.test.ts', 'texts/guide.md', 'Makefile']);

const staleIn = (file: string, text: string) => findStaleNames(files, new Map([[file, text]]));

test('accepts paths that exist, outputs of the build, and paths outside the repository', () => {
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
])('reports the stale path in %s: %s', (file, text, message) => {
  expect(new Set(staleIn(file, text))).toContain(`${file}: ${message}`);
});

test('code may name files that do not exist, such as fixtures of a test', () => {
  expect(staleIn('src/load/run.ts', "write('walk.ts', '');")).toEqual([]);
});
