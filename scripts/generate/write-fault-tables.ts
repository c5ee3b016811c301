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

/** Returns the names of a fault, each with the settings that the name itself does not say. */
function namesOf({ name, aliases }: FaultDescription): string {
  const others = Object.entries(aliases)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([alias, settings]) => {
      const beside = Object.entries(Object(settings))
        .filter(([, value]) => String(value) !== alias)
        .map(([key, value]) => `\`${key}: ${toFlowStyle(value)}\``);
      return beside.length === 0 ? `\`${alias}\`` : `\`${alias}\` (${beside.join(', ')})`;
    });
  return [`\`${name}\``, ...others].join(' ');
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
