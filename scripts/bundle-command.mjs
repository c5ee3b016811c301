// Bundles the command line with its packages into dist/bin: nearly all of a start is finding and reading
// modules, a thousand files in the processes of `serve`. The library's entries stay what tsc wrote.
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { build } from 'esbuild';

const folder = 'dist/bin';

/** Files that the sources find beside themselves, by their names in the bundle's folder. */
const assets = {
  'proto/ai_agent.proto': 'ai_agent.proto',
  'scenarios/catalog': 'catalog',
  'dist/scenarios/control/playground': 'playground',
  // The gRPC packages look for these two folders above their own.
  'node_modules/@grpc/grpc-js/proto': 'grpc/proto',
  'node_modules/@grpc/reflection/build/proto': 'grpc/proto',
  'node_modules/grpc-health-check/proto': 'grpc/proto',
};

/** What packages in CommonJS expect of Node, which an ES module has not. */
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as pathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const __dirname = pathOfBundle(new URL('grpc/build/src', import.meta.url));`;

/** Returns a package's name and licence text: its licence file, or its readme where it has no such file. */
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
  entryPoints: ['scenarios/main.ts', 'scenarios/child.ts', 'mock-agent/prepare/planner-thread.ts'],
  outdir: folder,
  entryNames: '[name]',
  bundle: true,
  // A command loads the chunks that it needs.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: banner },
  // The texts are in licences.txt in full. Nothing is minified: traces and profiles name functions.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

for (const [from, to] of Object.entries(assets)) {
  await cp(from, join(folder, to), { recursive: true });
}
// Which sources are in which file, for tests.
await writeFile(join(folder, 'meta.json'), JSON.stringify(metafile));

const packageFolders = Object.values(metafile.outputs)
  .flatMap(({ inputs }) => Object.keys(inputs))
  .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
  .filter((packageFolder) => packageFolder !== undefined);
const licences = await Promise.all([...new Set(packageFolders)].toSorted().map(licenceOf));
await writeFile(join(folder, 'licences.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
