/**
 * Generates the table of `docs/clauses/README.md`, and the first part of each page there (what a clause says,
 * how it is checked): `npm run generate`.
 */
import { listAgentClauses } from '../../scenarios/check/agent/clauses/index.ts';
import { agentProbes } from '../../scenarios/check/agent/probes.ts';
import { isReading, type ClauseFacts } from '../../scenarios/check/clause.ts';
import { clauses } from '../../scenarios/check/clauses/index.ts';
import { numbersSchema } from '../../scenarios/check/numbers.ts';
import type { ProbeFacts } from '../../scenarios/check/probe.ts';
import { listProbes } from '../../scenarios/check/probes.ts';
import { pageOf } from '../../scenarios/check/render/describe.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const source = 'scenarios/check';

/** A subject of the check: its name, its clauses and its probes. */
interface Side {
  word: 'gateway' | 'agent';
  clauses: readonly ClauseFacts[];
  probes: Readonly<Record<string, ProbeFacts>>;
}

const sides: readonly Side[] = [
  { word: 'gateway', clauses, probes: listProbes(numbersSchema.parse({})) },
  { word: 'agent', clauses: listAgentClauses(), probes: agentProbes },
];

const all = sides.flatMap((side) => side.clauses.map((clause) => ({ clause, side })));

// A clause of two subjects stays together: A5 of a gateway, then A5 of an agent.
const ids = [...new Set(all.map(({ clause }) => clause.id))].toSorted(byPlace);

writeGeneratedPart(
  'docs/clauses/README.md',
  source,
  markdownTable(
    ['clause', 'of a gateway', 'of an agent'],
    ids.map((id) => [
      `[${id}](${fileOf({ id })})`,
      ...sides.map((side) => side.clauses.find((clause) => clause.id === id)?.title ?? ''),
    ]),
  ),
);

for (const page of new Set(ids.map((id) => pageOf({ id })))) {
  const ofPage = all.filter(({ clause }) => pageOf(clause) === page);
  writeGeneratedPart(
    page,
    source,
    ofPage.map(({ clause, side }) => describe(clause, side)).join('\n\n'),
  );
}

function describe(clause: ClauseFacts, { word, probes }: Side): string {
  const kind = isReading(clause)
    ? `A Reading of this project; the ${word} that departs from it \`differs\`.`
    : `The specification; the ${word} that departs from it is \`broken\`.`;
  const shown = clause.probes.map((name) => `- \`${name}\`: ${probes[name]?.does ?? ''}`);
  const heading = word === 'agent' ? `${clause.id} of an agent` : clause.id;
  return [
    `## ${heading}: ${clause.title}`,
    `> ${clause.says}`,
    kind,
    `Shown by:\n\n${shown.join('\n')}`,
  ].join('\n\n');
}

function fileOf(clause: Pick<ClauseFacts, 'id'>): string {
  return pageOf(clause).replace(/^.*\//, '');
}

/** Sorts in the order of the specification; health comes last, a Reading after its clause. */
function byPlace(a: string, b: string): number {
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

function placeOf(id: string): string {
  return `${/^[A-E]\d/.test(id) ? 0 : 1}${id}`;
}
