// Bundles the command line with its packages into dist/bin, since a process spends most of its start on
// finding and reading modules (a thousand files for `serve`). The library's entries stay as tsc wrote them.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';

const folder = 'dist/bin';

/** Files that sources read from their own folder → their names in the folder of the bundle. */
const assets = {
  'proto/ai_agent.proto': 'ai_agent.proto',
  'scenarios/catalog': 'catalog',
  'dist/scenarios/control/playground': 'playground',
  // The gRPC packages expect these two folders in the parent of their own.
  'node_modules/@grpc/grpc-js/proto': 'grpc/proto',
  'node_modules/@grpc/reflection/build/proto': 'grpc/proto',
  'node_modules/grpc-health-check/proto': 'grpc/proto',
};

/** Variables that CommonJS packages expect, and that ES modules lack. */
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as pathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const __dirname = pathOfBundle(new URL('grpc/build/src', import.meta.url));`;

/** Returns name and licence text of a package; the text is its licence file, or else its readme. */
async function licenceOf(packageFolder) {
  const { name, version, license } = JSON.parse(
    await readFile(join(packageFolder, 'package.json'), 'utf8'),
  );
  const files = await readdir(packageFolder);
  const file =
    files.find((each) => /^(licen[cs]e|copying)/i.test(each)) ??
    files.find((each) => /^readme/i.test(each));
  if (license === undefined || file === undefined) {
    throw new Error(`${packageFolder} has no licence, so it must not be bundled`);
  }
  const text = await readFile(join(packageFolder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

await rm(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [
    'scenarios/main.ts',
    'scenarios/child.ts',
    'scenarios/clients/client-thread.ts',
    'mock-agent/prepare/planner-thread.ts',
  ],
  outdir: folder,
  entryNames: '[name]',
  bundle: true,
  // Each command loads only its own chunks.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: banner },
  // licences.txt has the texts in full. Nothing is minified, so stack traces and profiles name functions.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

for (const [from, to] of Object.entries(assets)) {
  await cp(from, join(folder, to), { recursive: true });
}
// The sources of each file, for tests.
await writeFile(join(folder, 'meta.json'), JSON.stringify(metafile));

const packageFolders = Object.values(metafile.outputs)
  .flatMap(({ inputs }) => Object.keys(inputs))
  .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
  .filter((packageFolder) => packageFolder !== undefined);
const licences = await Promise.all([...new Set(packageFolders)].toSorted().map(licenceOf));
await writeFile(join(folder, 'licences.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
