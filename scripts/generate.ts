/** Generates the schemas, the tables of the documents and the generated sources: `npm run generate`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'generate');

// One process, because loading the sources takes most of the time.
for (const name of readdirSync(folder).toSorted()) {
  if (/^write-.*\.ts$/.test(name)) await import(join(folder, name));
}
