/** Writes the tables of faults in `docs/faults.md` anew: `npm run generate`. */
import { readFileSync, writeFileSync } from 'node:fs';

import { z } from 'zod';

import { faults } from '../mock-agent/faults/index.ts';
import type { Fault } from '../mock-agent/faults/fault.ts';

const file = new URL('../docs/faults.md', import.meta.url);

const mapSchema = z.object({
  properties: z
    .record(
      z.string(),
      z.object({ default: z.union([z.string(), z.number(), z.boolean()]).optional() }),
    )
    .default({}),
});

/** The settings of a fault, each with its default. */
function settingsOf({ settings }: Fault): string {
  const { properties } = mapSchema.parse(z.toJSONSchema(settings, { io: 'input' }));
  return Object.entries(properties)
    .map(([key, { default: value }]) =>
      value === undefined ? `\`${key}\`` : `\`${key}\` (\`${String(value)}\`)`,
    )
    .join(', ');
}

const columns: Record<Fault['of'], Record<string, (fault: Fault) => string>> = {
  agent: {
    fault: ({ name }) => `\`${name}\``,
    settings: settingsOf,
    'what the agent does': ({ agentDoes = '' }) => agentDoes,
    'what a client of the gateway sees': ({ clientSees }) => clientSees,
  },
  wire: {
    fault: ({ name }) => `\`${name}\``,
    settings: settingsOf,
    'what a client sees': ({ clientSees }) => clientSees,
  },
};

let text = readFileSync(file, 'utf8');
for (const of of ['agent', 'wire'] as const) {
  const titles = Object.keys(columns[of]);
  const cells = faults
    .filter((fault) => fault.of === of)
    .map((fault) => Object.values(columns[of]).map((cell) => cell(fault)));
  const table = [titles, titles.map(() => '---'), ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
  const place = new RegExp(
    `(?<=<!-- written by .* from mock-agent/faults, those of the ${of} -->\\n\\n).*?(?=\\n\\n<!-- end -->)`,
    's',
  );
  if (!place.test(text)) throw new Error(`docs/faults.md has no place for the faults of the ${of}`);
  text = text.replace(place, () => table);
}
writeFileSync(file, text);
