/** Generates the tables of client behaviour in `docs/clients.md`: `npm run generate`. */
import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { seenSchema, type Seen } from '../scenarios/e2e/support/seen.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const byTrialSchema = z.record(z.string(), seenSchema);

const versionOf = (name: string) =>
  z
    .object({ version: z.string() })
    .parse(
      JSON.parse(
        readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
      ),
    ).version;

const clients = [
  { seen: 'EventSource', title: '`EventSource` of Chromium, GET' },
  { seen: 'eventsource', title: `\`eventsource\` ${versionOf('eventsource')}, GET` },
  {
    seen: 'fetch-event-source',
    title: `\`@microsoft/fetch-event-source\` ${versionOf('@microsoft/fetch-event-source')}, POST`,
  },
  {
    seen: 'eventsource-client',
    title: `\`eventsource-client\` ${versionOf('eventsource-client')}, POST`,
  },
  { seen: 'rehearsal-client', title: '`rehearsal/client`, POST' },
  { seen: 'rehearsal-client-persistent', title: 'the same with `resume: 2, retry: 2`, POST' },
].map(({ seen, title }) => ({ title, seen: read(seen) }));

function read(name: string) {
  const path = new URL(`../scenarios/e2e/support/clients-seen/${name}.json`, import.meta.url);
  const schema = z.strictObject({ catalogue: byTrialSchema, faults: byTrialSchema });
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

const texts: Record<Seen['text'], string> = {
  whole: 'whole',
  part: 'part',
  none: 'no text',
  repeated: 'text repeated',
  wrong: 'text wrong',
};

/** Clear words for errors of a client that are too short to understand. */
const complaints: Record<string, string> = {
  'no cause': 'an error without a cause',
  'the type': 'an error about the content type',
};

function describe({ text, told, askedAgain, tooEarly, hangs }: Seen): string {
  const words = [texts[text]];
  if (told === null) words.push('no error');
  else if (told !== 'final') words.push(complaints[told] ?? told);
  else if (text !== 'whole') words.push('taken for complete');
  if (hangs) words.push('after **2 minutes**');
  if (askedAgain === 'yes') words.push('retries');
  if (askedAgain === 'for ever') words.push('retries **for ever**');
  if (tooEarly) words.push('**too early**');
  return words.join(', ');
}

/** Returns the table of one kind of trial; a sentence below it lists the trials that every client completes. */
function tableOf(kind: 'catalogue' | 'faults', head: string): string {
  const names = Object.keys(clients[0]?.seen[kind] ?? {});
  const rows = names.map((name) => [
    name,
    ...clients.map(({ seen }) => {
      const result = seen[kind][name];
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
  'scenarios/e2e/support/clients-seen',
  [tableOf('catalogue', 'scenario'), tableOf('faults', 'fault of a healthy stream')].join('\n\n'),
);
