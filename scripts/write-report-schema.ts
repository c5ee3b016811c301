/** Generates `report.schema.json`: `npm run generate`. */
import { writeFileSync } from 'node:fs';

import { reportJsonSchema } from '../reports/report.ts';

writeFileSync(
  new URL('../reports/report.schema.json', import.meta.url),
  `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
);
