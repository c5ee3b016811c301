/** Generates the parts of documents and the sources that are written by code: `npm run generate`. */
import { readdirSync } from 'node:fs';

// In one process, since most of the time goes into loading what the writers read.
for (const name of readdirSync(import.meta.dirname).toSorted()) {
  if (/^write-.*\.ts$/.test(name)) await import(`./${name}`);
}
