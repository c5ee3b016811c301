import { readFile } from 'node:fs/promises';

import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { z } from 'zod';

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
});

test.each(['index.ts', 'testkit/vitest.ts', 'testkit/playwright.ts'])(
  'every package that %s imports is installed with ours',
  async (entry) => {
    const { metafile } = await build({
      entryPoints: [new URL(`../scenarios/${entry}`, import.meta.url).pathname],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      metafile: true,
      write: false,
    });
    const packages = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports.map(({ path }) => path))
      .filter((path) => !path.startsWith('node:'))
      .map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
    expect(packages).toContain('zod');
    const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
    const { dependencies, peerDependencies } = manifestSchema.parse(JSON.parse(manifest));
    const installed = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
    expect(packages.filter((name) => name === undefined || !installed.has(name))).toEqual([]);
  },
);
