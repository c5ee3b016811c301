/** Generates the tables of faults in `docs/faults.md`: `npm run generate`. */
import { z } from 'zod';

import { faults } from '../mock-agent/faults/index.ts';
import type { Fault } from '../mock-agent/faults/fault.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const mapSchema = z.object({
  properties: z
    .record(
      z.string(),
      z.object({ default: z.union([z.string(), z.number(), z.boolean()]).optional() }),
    )
    .default({}),
});

/** Returns the settings of a fault, each with its default. */
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

for (const of of ['agent', 'wire'] as const) {
  const rows = faults
    .filter((fault) => fault.of === of)
    .map((fault) => Object.values(columns[of]).map((cell) => cell(fault)));
  writeGeneratedPart(
    'docs/faults.md',
    `mock-agent/faults, those of the ${of}`,
    markdownTable(Object.keys(columns[of]), rows),
  );
}
