/**
 * Generates the table of `docs/clauses/README.md` and the first part of each page there, what a clause says and
 * how it is checked: `npm run generate`.
 */
import { isReading, type Clause } from '../scenarios/check/clause.ts';
import { clauses } from '../scenarios/check/clauses/index.ts';
import { numbersSchema } from '../scenarios/check/numbers.ts';
import { listProbes } from '../scenarios/check/probes.ts';
import { pageOf } from '../scenarios/check/render/describe.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const source = 'scenarios/check/clauses';

const probes = listProbes(numbersSchema.parse({}));

writeGeneratedPart(
  'docs/clauses/README.md',
  source,
  markdownTable(
    ['clause', ''],
    clauses.map((clause) => [`[${clause.id}](${fileOf(clause)})`, clause.title]),
  ),
);

for (const page of new Set(clauses.map(pageOf))) {
  const ofPage = clauses.filter((clause) => pageOf(clause) === page);
  writeGeneratedPart(page, source, ofPage.map(describe).join('\n\n'));
}

function describe(clause: Clause): string {
  const kind = isReading(clause)
    ? 'A Reading of this project; a gateway that departs from it `differs`.'
    : 'The specification; a gateway that departs from it is `broken`.';
  const shown = clause.probes.map((name) => `- \`${name}\`: ${probes[name].does}`);
  return [
    `## ${clause.id}: ${clause.title}`,
    `> ${clause.says}`,
    kind,
    `Shown by:\n\n${shown.join('\n')}`,
  ].join('\n\n');
}

function fileOf(clause: Clause): string {
  return pageOf(clause).replace(/^.*\//, '');
}
