import type { Command } from 'commander';

import {
  describeFaults,
  toFlowStyle,
  type FaultDescription,
} from '../../mock-agent/faults/describe-faults.ts';

export function faultsCommand(command: Command): Command {
  return command.option('--json', 'print JSON').action(({ json }: { json?: boolean }) => {
    const all = describeFaults();
    process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : listFaults(all));
  });
}

function listFaults(all: readonly FaultDescription[]): string {
  const groups = {
    agent: 'Faults of the agent',
    wire: 'Faults of the wire, between gateway and client',
  };
  const sections = Object.entries(groups).map(([of, heading]) => {
    const listed = all.filter((fault) => fault.of === of);
    return [`${heading}:`, '', ...listed.flatMap(linesOf)].join('\n');
  });
  return `${sections.join('\n')}
One word is enough: ?fault=stall, or the header x-rehearsal-fault: stall. Several: stall,cut.
With settings, as JSON: {"stall": {"at": {"chars": 40}, "for": "2s"}}. See docs/faults.md.
`;
}

function linesOf({ name, aliases, settings, agentDoes, clientSees }: FaultDescription): string[] {
  const others = Object.entries(aliases).map(([alias, set]) => `${alias}${settingsOf(set)}`);
  const defaults = settings.map((setting) =>
    setting.default === undefined
      ? setting.name
      : `${setting.name}: ${toFlowStyle(setting.default)}`,
  );
  return [
    `  ${name}`,
    ...(agentDoes === undefined ? [] : [`    The agent ${plain(agentDoes)}.`]),
    `    A client sees: ${plain(clientSees)}.`,
    ...(defaults.length === 0 ? [] : [`    settings: ${defaults.join(', ')}`]),
    ...(others.length === 0 ? [] : [`    other names: ${others.join(', ')}`]),
    '',
  ];
}

/** Returns the settings of an alias in parentheses; empty if it has the defaults. */
function settingsOf(settings: unknown): string {
  const text = toFlowStyle(settings);
  return text === '{  }' ? '' : ` ${text}`;
}

/** Removes the quotes of Markdown. */
function plain(sentence: string): string {
  return sentence.replaceAll('`', '');
}
