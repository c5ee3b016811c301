/** Generates `report.schema.json` and `check.schema.json`: `npm run generate`. */
import { reportJsonSchema } from '../../reports/report.ts';
import { checkJsonSchema } from '../../scenarios/check/check-report.ts';
import { writeGenerated } from './generated-files.ts';

write('reports/report.schema.json', reportJsonSchema());
write('scenarios/check/check.schema.json', checkJsonSchema());

function write(path: string, schema: object): void {
  writeGenerated(path, `${JSON.stringify(schema, null, 2)}\n`);
}
