// What the compiler leaves behind: files that the built program reads at run time, or ships.
import { cp, rm, writeFile } from 'node:fs/promises';

import { build } from 'esbuild';

const folder = process.argv[2] ?? 'dist';

const assets = [
  'proto/ai_agent.proto',
  'reports/report.schema.json',
  'scenarios/catalog',
  'scenarios/control/playground/index.html',
  'scenarios/control/playground/playground.css',
  'scenarios/scenario.schema.json',
];

for (const path of assets) {
  await cp(path, `${folder}/${path}`, { recursive: true });
}

// The page loads one script.
await build({
  entryPoints: ['scenarios/control/playground/playground.ts'],
  outdir: `${folder}/scenarios/control/playground`,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});

// The package's own says that its scripts are ES modules; these are not.
if (folder === 'dist') {
  await writeFile('dist/client/cjs/package.json', '{ "type": "commonjs" }\n');
  // The package `rehearsal-client` ships the same files.
  await rm('client/dist', { recursive: true, force: true });
  await cp('dist/client', 'client/dist', { recursive: true });
} else {
  // Programs look for their version in the folder above.
  await cp('package.json', `${folder}/package.json`);
}
