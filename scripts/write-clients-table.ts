/** Generates the tables of client behaviour in `docs/clients.md`: `npm run generate`. */
import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { observationSchema, type Observation } from '../scenarios/e2e/support/observation.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const byCaseSchema = z.record(z.string(), observationSchema);

const versionOf = (name: string) =>
  z
    .object({ version: z.string() })
    .parse(
      JSON.parse(
        readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
      ),
    ).version;

const clients = [
  { name: 'EventSource', title: '`EventSource` of Chromium, GET' },
  { name: 'eventsource', title: `\`eventsource\` ${versionOf('eventsource')}, GET` },
  {
    name: 'fetch-event-source',
    title: `\`@microsoft/fetch-event-source\` ${versionOf('@microsoft/fetch-event-source')}, POST`,
  },
  {
    name: 'eventsource-client',
    title: `\`eventsource-client\` ${versionOf('eventsource-client')}, POST`,
  },
  { name: 'rehearsal-client', title: '`rehearsal/client`, POST' },
  { name: 'rehearsal-client-persistent', title: 'the same with `resume: 2, retry: 2`, POST' },
].map(({ name, title }) => ({ title, observations: read(name) }));

function read(name: string) {
  const path = new URL(
    `../scenarios/e2e/support/client-observations/${name}.json`,
    import.meta.url,
  );
  const schema = z.strictObject({ catalogue: byCaseSchema, faults: byCaseSchema });
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

const texts: Record<Observation['text'], string> = {
  whole: 'whole',
  part: 'part',
  none: 'no text',
  repeated: 'text repeated',
  wrong: 'text wrong',
};

/** Clear words for errors of a client that are too short to understand. */
const clientErrors: Record<string, string> = {
  'no cause': 'an error without a cause',
  'the type': 'an error about the content type',
};

function describe({ text, error, retries, tooEarly, hangs }: Observation): string {
  const words = [texts[text]];
  if (error === null) words.push('no error');
  else if (error !== 'final') words.push(clientErrors[error] ?? error);
  else if (text !== 'whole') words.push('taken for complete');
  if (hangs) words.push('after **2 minutes**');
  if (retries === 'yes') words.push('retries');
  if (retries === 'for ever') words.push('retries **for ever**');
  if (tooEarly) words.push('**too early**');
  return words.join(', ');
}

/** Returns the table of one kind of case; a sentence below it lists the cases that every client completes. */
function tableOf(kind: 'catalogue' | 'faults', head: string): string {
  const names = Object.keys(clients[0]?.observations[kind] ?? {});
  const rows = names.map((name) => [
    name,
    ...clients.map(({ observations }) => {
      const result = observations[kind][name];
      if (result === undefined) throw new Error(`${name} was not tried with every client`);
      return describe(result);
    }),
  ]);
  const completed = rows.filter(
    ([, ...cells]) => new Set(cells).size === 1 && cells[0] === 'whole',
  );
  const table = markdownTable(
    [head, ...clients.map(({ title }) => title)],
    rows.filter((row) => !completed.includes(row)),
  );
  return `${table}\n\nAll six clients complete these, without a retry: ${completed.map(([name]) => name).join(', ')}.`;
}

writeGeneratedPart(
  'docs/clients.md',
  'scenarios/e2e/support/client-observations',
  [tableOf('catalogue', 'scenario'), tableOf('faults', 'fault of a healthy stream')].join('\n\n'),
);
