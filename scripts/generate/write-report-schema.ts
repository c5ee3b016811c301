/** Generates `report.schema.json` and `check.schema.json`: `npm run generate`. */
import { writeFileSync } from 'node:fs';

import { reportJsonSchema } from '../../reports/report.ts';
import { checkJsonSchema } from '../../scenarios/check/check-report.ts';

write('../../reports/report.schema.json', reportJsonSchema());
write('../../scenarios/check/check.schema.json', checkJsonSchema());

function write(path: string, schema: object): void {
  writeFileSync(new URL(path, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
