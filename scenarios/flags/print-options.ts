import { formatOption } from './option-values.ts';
import type { OptionInForce } from './server-flags.ts';

/** Returns a table of the options in force: name, value, and where the value comes from. */
export function printOptions(inForce: readonly OptionInForce[]): string {
  const rows = inForce.map(({ facts, value, source }) => [
    nameOf(facts.flag),
    value === undefined ? '-' : formatOption(facts, value),
    source,
  ]);
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [widthOf(0), widthOf(1)];
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line}\n`)
    .join('');
}

/** Returns the name of an option: its last flag without dashes and `no-`. */
function nameOf(flag: string): string {
  return /--(?:no-)?([a-z-]+)(?: |$)(?!--)/.exec(flag)?.[1] ?? flag;
}
