// What the compiler leaves behind: files that the built program reads at run time, or ships.
import { cp, writeFile } from 'node:fs/promises';

const assets = [
  'proto/ai_agent.proto',
  'reports/report.schema.json',
  'scenarios/catalog',
  'scenarios/playground',
  'scenarios/scenario.schema.json',
];

for (const path of assets) {
  await cp(path, `dist/${path}`, { recursive: true });
}

// The package's own says that its scripts are ES modules; these are not.
await writeFile('dist/gateway/client/cjs/package.json', '{ "type": "commonjs" }\n');
