/** Generates `scenario.schema.json`, with which editors complete scenario files: `npm run generate`. */
import { writeFileSync } from 'node:fs';

import { scenarioJsonSchema } from '../../scenarios/file/schema-places.ts';

writeFileSync(
  new URL('../../scenarios/scenario.schema.json', import.meta.url),
  `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`,
);
