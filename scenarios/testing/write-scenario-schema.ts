/** Writes `scenario.schema.json` anew, from which editors complete scenario files: `npm run generate`. */
import { writeFileSync } from 'node:fs';

import { z } from 'zod';

import { scenarioSchema } from '../scenario.ts';

const schema = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-7' });
writeFileSync(
  new URL('../scenario.schema.json', import.meta.url),
  `${JSON.stringify({ title: 'Rehearsal scenario', ...schema }, null, 2)}\n`,
);
