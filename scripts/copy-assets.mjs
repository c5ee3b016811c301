// Copies files that the built program reads at run time or ships, and that the compiler does not copy.
import { cp, rm, writeFile } from 'node:fs/promises';

import { build } from 'esbuild';

const folder = process.argv[2] ?? 'dist';

const assets = [
  'proto/ai_agent.proto',
  'reports/report.schema.json',
  'scenarios/check/check.schema.json',
  'scenarios/catalog',
  'scenarios/control/playground/index.html',
  'scenarios/control/playground/playground.css',
  'scenarios/scenario.schema.json',
];

for (const path of assets) {
  await cp(path, `${folder}/${path}`, { recursive: true });
}

// The playground page loads one script.
await build({
  entryPoints: ['scenarios/control/playground/playground.ts'],
  outdir: `${folder}/scenarios/control/playground`,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  minify: true,
  target: 'es2022',
  logLevel: 'warning',
});

// The package.json of the package declares ES modules; this build is CommonJS.
if (folder === 'dist') {
  await writeFile('dist/client/cjs/package.json', '{ "type": "commonjs" }\n');
  // The package `rehearsal-client` ships the same files.
  await rm('client/dist', { recursive: true, force: true });
  await cp('dist/client', 'client/dist', { recursive: true });
} else {
  // Programs read their version from the package.json above them.
  await cp('package.json', `${folder}/package.json`);
}
