// What the compiler leaves behind: files that the built program reads at run time, or ships.
import { cp } from 'node:fs/promises';

for (const path of ['proto/ai_agent.proto', 'scenarios/catalog', 'reports/report.schema.json']) {
  await cp(path, `dist/${path}`, { recursive: true });
}
