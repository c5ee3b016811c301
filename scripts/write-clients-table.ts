/** Writes what clients were seen to do into `docs/clients.md`: `npm run generate`. */
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

/** Own words of a client, where they would not be understood as they are. */
const complaints: Record<string, string> = {
  'no cause': 'an error without a cause',
  'the type': 'an error about the type',
};

function describe({ text, told, askedAgain, tooEarly, hangs }: Seen): string {
  const words = [texts[text]];
  if (told === null) words.push('nothing told');
  else if (told !== 'final') words.push(complaints[told] ?? told);
  else if (text !== 'whole') words.push('taken for whole');
  if (hangs) words.push('after **2 minutes**');
  if (askedAgain === 'yes') words.push('asks again');
  if (askedAgain === 'for ever') words.push('asks **for ever**');
  if (tooEarly) words.push('**too early**');
  return words.join(', ');
}

/** A table of one kind of trial; those that every client reads to the end are in a sentence below it. */
function tableOf(kind: 'catalogue' | 'faults', head: string): string {
  const names = Object.keys(clients[0]?.seen[kind] ?? {});
  const rows = names.map((name) => [
    name,
    ...clients.map(({ seen }) => {
      const ofTrial = seen[kind][name];
      if (ofTrial === undefined) throw new Error(`${name} was not tried with every client`);
      return describe(ofTrial);
    }),
  ]);
  const well = rows.filter(([, ...cells]) => new Set(cells).size === 1 && cells[0] === 'whole');
  const table = markdownTable(
    [head, ...clients.map(({ title }) => title)],
    rows.filter((row) => !well.includes(row)),
  );
  return `${table}\n\nAll six read these whole, and ask no more: ${well.map(([name]) => name).join(', ')}.`;
}

writeGeneratedPart(
  'docs/clients.md',
  'scenarios/e2e/support/clients-seen',
  [tableOf('catalogue', 'scenario'), tableOf('faults', 'fault of a healthy stream')].join('\n\n'),
);
