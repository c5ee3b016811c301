import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

const files = [
  'recipes.test.ts',
  'support/playwright/recipes.spec.ts',
  'support/playwright/hold.spec.ts',
];

test.each(files)(
  'the recipes of docs/testing.md are those that run in %s, to the letter',
  async (file) => {
    const [, shown = ''] = (await read(file)).split('// recipes from here\n');
    const [recipes = ''] = shown.split('// recipes to here\n');
    expect(recipes.trim().length).toBeGreaterThan(500);
    expect(await read('../../docs/testing.md')).toContain(`\n${recipes.trim()}\n\`\`\`\n`);
  },
);
