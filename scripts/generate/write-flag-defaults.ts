/** Writes the defaults of flags into the tables of the documents; the other cells are written by hand: `npm run generate`. */
import { Command } from 'commander';

import { abCommand } from '../../scenarios/commands/ab.ts';
import { checkCommand } from '../../scenarios/commands/check.ts';
import { clientsCommand } from '../../scenarios/commands/clients.ts';
import { writeGeneratedPart } from './generated-part.ts';

/** A row of a table: its flag, the cell with the default, and the text around both. */
const rowOfFlag = /^(\| `(--[\w-]+)[^`]*` *\| )([^|]*)(?=\|)/gm;

/** @throws Error if the table has a flag that the command does not have */
function writeDefaults(document: string, source: string, command: Command): void {
  writeGeneratedPart(document, source, (table) =>
    table.replaceAll(rowOfFlag, (_row, start: string, flag: string, cell: string) => {
      const option = command.options.find(({ long }) => long === flag);
      if (option === undefined) throw new Error(`${document}: ${source} has no flag ${flag}`);
      const value: unknown = option.defaultValue;
      const isShown = typeof value === 'string' || typeof value === 'number';
      return isShown ? `${start}\`${option.defaultValueDescription ?? value}\` ` : start + cell;
    }),
  );
}

writeDefaults('docs/regression.md', 'scenarios/commands/ab.ts', abCommand(new Command()));
writeDefaults('docs/clients.md', 'scenarios/commands/clients.ts', clientsCommand(new Command()));
for (const subject of ['gateways', 'agents']) {
  const source = `scenarios/commands/check.ts, for ${subject}`;
  writeDefaults('docs/check.md', source, checkCommand(new Command()));
}
