/** Generates the schemas, the tables of the documents and the generated sources: `npm run generate`. */
import { readdirSync } from 'node:fs';

// One process, because loading the sources takes most of the time.
for (const name of readdirSync(import.meta.dirname).toSorted()) {
  if (/^write-.*\.ts$/.test(name)) await import(`./${name}`);
}
