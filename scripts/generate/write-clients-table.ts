/** Generates `docs/clients.json` and its tables in `docs/clients.md`: `npm run generate`. */
import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { findClientCases, type ClientCase } from '../../scenarios/clients/client-cases.ts';
import { observationSchema, type Observation } from '../../scenarios/clients/observation.ts';
import {
  tableClients,
  type TableClient,
} from '../../scenarios/e2e/support/clients/table-clients.ts';
import { writeGenerated } from './generated-files.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const versionOf = (name: string) =>
  z
    .object({ version: z.string() })
    .parse(
      JSON.parse(
        readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
      ),
    ).version;

interface Column extends TableClient {
  versions: Record<string, string>;
  /** Name of the case → outcome. */
  observations: Record<string, Observation>;
}

const columns: Column[] = tableClients.map((client) => ({
  ...client,
  versions: Object.fromEntries(client.packages.map((name) => [name, versionOf(name)])),
  observations: readObservations(client.name),
}));

function readObservations(name: string): Record<string, Observation> {
  const path = new URL(
    `../../scenarios/e2e/support/client-observations/${name}.json`,
    import.meta.url,
  );
  const byCase = z.record(z.string(), observationSchema);
  const { catalogue, faults } = z
    .strictObject({ catalogue: byCase, faults: byCase })
    .parse(JSON.parse(readFileSync(path, 'utf8')));
  return { ...catalogue, ...faults };
}

const texts: Record<Observation['text'], string> = {
  whole: 'whole',
  part: 'part',
  none: 'no text',
  repeated: 'text repeated',
  wrong: 'wrong text',
};

/** Outcomes that the table emphasises. */
const bad = new Set<Observation['outcome']>(['silent', 'duplicated', 'hangs', 'crashes']);

/** Finish reasons of a complete answer. */
const usualReasons = new Set<string | null>([
  'stop',
  'end_turn',
  'completed',
  'tool-calls',
  'tool_calls',
  'tool_use',
  null,
]);

/** Explanations of the short error names in the observations. */
const clientErrors: Record<string, string> = {
  'no cause': 'an error without a cause',
  'the type': 'an error about the content type',
};

function describeCell(observation: Observation): string {
  const { outcome, text, error, finishReason, retries, retriesAfterText, tooEarly } = observation;
  const words = [bad.has(outcome) ? `**${outcome}**` : outcome];
  // A complete or duplicated outcome implies its text.
  if (outcome !== 'complete' && outcome !== 'duplicated') words.push(texts[text]);
  if (error !== null) words.push(clientErrors[error] ?? error);
  if (!usualReasons.has(finishReason)) words.push(`reason \`${finishReason}\``);
  const afterText = retriesAfterText ? ' after text' : '';
  if (retries === 'for ever') words.push(`retries **for ever**${afterText}`);
  else if (retries > 0) words.push(`${retries} ${retries === 1 ? 'retry' : 'retries'}${afterText}`);
  if (tooEarly) words.push('**too early**');
  return words.join(', ');
}

function describeHead({ title, packages, versions, method }: Column): string {
  const [main] = packages;
  const version = main === undefined ? '' : ` ${versions[main]}`;
  return `${title}${version}${method === undefined ? '' : `, ${method}`}`;
}

function describeCase({ name, fault }: ClientCase): string {
  return fault === undefined ? `\`${name}\`` : `\`${name}\`: \`${fault}\``;
}

/** Returns a table of clients, and below it the cases that all of them complete. */
function tableOf(head: string, cases: readonly ClientCase[], clients: readonly Column[]): string {
  const rows = cases.flatMap((each) => {
    const cells = clients.map(({ observations }) => observations[each.name]);
    if (cells.every((cell) => cell === undefined)) return [];
    return [
      {
        each,
        cells: cells.map((cell, index) => {
          if (cell === undefined) {
            throw new Error(`${clients[index]?.name} was not tried with ${each.name}`);
          }
          return describeCell(cell);
        }),
      },
    ];
  });
  const isCompleted = ({ cells }: (typeof rows)[number]) =>
    cells.every((cell) => cell === 'complete');
  const table = markdownTable(
    [head, ...clients.map(describeHead)],
    rows
      .filter((row) => !isCompleted(row))
      .map(({ each, cells }) => [describeCase(each), ...cells]),
  );
  const completed = rows.filter(isCompleted).map(({ each }) => describeCase(each));
  return `${table}\n\nAll of them complete these, without a retry: ${completed.join(', ')}.`;
}

const { catalogue, faults } = await findClientCases();

const tables: { source: string; clients: Column[] }[] = [
  {
    source: 'the clients of the specified format',
    clients: columns.filter(({ dialect }) => dialect === undefined),
  },
  {
    source: 'the clients of OpenAI',
    clients: columns.filter(({ name }) => name.startsWith('openai')),
  },
  {
    source: 'the clients of Anthropic and LangChain',
    clients: columns.filter(({ name }) => /^(anthropic|langchain)/.test(name)),
  },
  {
    source: 'the AI SDK',
    clients: columns.filter(({ name }) => /^(ai-|use-chat)/.test(name)),
  },
];

for (const { source, clients } of tables) {
  writeGeneratedPart(
    'docs/clients.md',
    source,
    [
      tableOf('scenario', catalogue, clients),
      tableOf('fault of a healthy stream', faults, clients),
    ].join('\n\n'),
  );
}

const cases = [...catalogue, ...faults].map(({ name, scenario, prompt, fault }) => ({
  name,
  scenario: scenario.name,
  prompt,
  fault: fault === undefined ? null : (JSON.parse(fault) as unknown),
}));

/** Returns JSON with a line for each entry. */
const linesOf = (entries: readonly string[]) => entries.map((entry) => `\n${entry}`).join(',');

const clients = columns.map(({ name, title, dialect = null, versions, observations }) => {
  const head = JSON.stringify({ name, title: title.replaceAll('`', ''), dialect, versions });
  const cells = Object.entries(observations).map(
    ([each, observation]) => `${JSON.stringify(each)}:${JSON.stringify(observation)}`,
  );
  return `${head.slice(0, -1)},"observations":{${linesOf(cells)}}}`;
});

writeGenerated(
  'docs/clients.json',
  `{"cases":[${linesOf(cases.map((each) => JSON.stringify(each)))}],\n"clients":[${linesOf(clients)}]}\n`,
);
