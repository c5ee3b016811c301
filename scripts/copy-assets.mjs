// What the compiler leaves behind: files that the built program reads at run time, or ships.
import { cp } from 'node:fs/promises';

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
