/** Writes `report.schema.json` anew; to be run after a change of the report: `npx tsx scripts/write-report-schema.ts`. */
import { writeFileSync } from 'node:fs';

import { reportJsonSchema } from '../reports/report.ts';

writeFileSync(
  new URL('../reports/report.schema.json', import.meta.url),
  `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
);
