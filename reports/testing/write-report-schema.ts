/** Writes `report.schema.json` anew; to be run after a change of the report: `npx tsx reports/testing/write-report-schema.ts`. */
import { writeFileSync } from 'node:fs';

import { reportJsonSchema } from '../report.ts';

writeFileSync(
  new URL('../report.schema.json', import.meta.url),
  `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
);
