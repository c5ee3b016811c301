/** Generates `scenario.schema.json`, with which editors complete scenario files: `npm run generate`. */
import { scenarioJsonSchema } from '../../scenarios/file/schema-places.ts';
import { writeGenerated } from './generated-files.ts';

writeGenerated(
  'scenarios/scenario.schema.json',
  `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`,
);
