/** Generates the tables of faults in `docs/faults.md`: `npm run generate`. */
import { describeFaults, toFlowStyle } from '../../mock-agent/faults/describe-faults.ts';
import type { FaultDescription } from '../../mock-agent/faults/describe-faults.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

/** Returns the settings of a fault, each with its default. */
function settingsOf({ settings }: FaultDescription): string {
  return settings
    .map((setting) =>
      setting.default === undefined
        ? `\`${setting.name}\``
        : `\`${setting.name}\` (\`${toFlowStyle(setting.default)}\`)`,
    )
    .join(', ');
}

function namesOf({ name, aliases }: FaultDescription): string {
  return [name, ...Object.keys(aliases).toSorted()].map((word) => `\`${word}\``).join(' ');
}

const columns: Record<
  FaultDescription['of'],
  Record<string, (fault: FaultDescription) => string>
> = {
  agent: {
    'fault, other names': namesOf,
    settings: settingsOf,
    'what the agent does': ({ agentDoes = '' }) => agentDoes,
    'what a client of the gateway sees': ({ clientSees }) => clientSees,
  },
  wire: {
    'fault, other names': namesOf,
    settings: settingsOf,
    'what a client sees': ({ clientSees }) => clientSees,
  },
};

for (const of of ['agent', 'wire'] as const) {
  const rows = describeFaults()
    .filter((fault) => fault.of === of)
    .map((fault) => Object.values(columns[of]).map((cell) => cell(fault)));
  writeGeneratedPart(
    'docs/faults.md',
    `mock-agent/faults, those of the ${of}`,
    markdownTable(Object.keys(columns[of]), rows),
  );
}
