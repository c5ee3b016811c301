import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

test('the recipes of docs/testing.md are those that run here, to the letter', async () => {
  const [, recipes = ''] = (await read('recipes.test.ts')).split('// recipes from here\n');
  expect(recipes.trim().length).toBeGreaterThan(500);
  expect(await read('../docs/testing.md')).toContain(`\n${recipes.trim()}\n\`\`\`\n`);
});
