import { writeFile } from 'node:fs/promises';

import { Option, type Command } from 'commander';

import { dialectNames, type DialectName } from '../../proto/dialects/dialect.ts';
import { countCells, type Cell } from '../clients/cell.ts';
import { readKnownCells } from '../clients/known-cells.ts';
import { renderCellsJunit } from '../clients/render/cells-junit.ts';
import { renderCells } from '../clients/render/cells-text.ts';
import { casesOfTrial, chooseCases, tryClient } from '../clients/try-client.ts';
import { renderBadge, type Badge } from '../../reports/render/badge.ts';
import { exitCodes, exitCodesHelp } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { drawsOver } from '../console/terminal.ts';
import { durationOption } from '../flags/options.ts';
import { parseText } from '../flags/parse-text.ts';

interface ClientsFlags {
  dialect?: DialectName;
  /** In milliseconds. */
  limit: number;
  /** Names of cases; none for all. */
  case: string[];
  allow?: string;
  junit?: string;
  badge?: string;
  json?: boolean;
}

const defaultLimitMs = 10_000;

export function clientsCommand(command: Command): Command {
  return command
    .argument('<module>', 'a JavaScript module that exports a function: the client')
    .addOption(
      new Option(
        '--dialect <name>',
        'the format that the client speaks (default: the specified one)',
      ).choices(dialectNames),
    )
    .addOption(
      durationOption(
        '--limit',
        'when the server ends a stream that never ends; set the timeouts of your client below it',
        defaultLimitMs,
        1000,
      ),
    )
    .addOption(
      new Option('--case <name>', 'try this case, and not all of them; repeatable')
        .argParser((name: string, names: string[]) => [...names, name])
        .default([], 'all'),
    )
    .addOption(fileOption('--allow', 'known cells: lines such as `silent-stall: told late`'))
    .addOption(fileOption('--junit', 'write the cells there as JUnit XML'))
    .addOption(fileOption('--badge', 'write a badge there as SVG'))
    .option('--json', 'print all cells as JSON, for programs')
    .addHelpText(
      'after',
      `
The module exports a function from a request to the text of the answer, which throws if the answer is not whole:

  export default async function ({ baseURL, url, prompt, model, apiKey, signal }) { … return text; }

Streams run 25 times faster. docs/clients.md describes the cases and the outcomes.

${exitCodesHelp({
  success: 'every cell is good, or known',
  failure: 'a cell is bad',
  usage: 'wrong usage, or a module that cannot be used',
  invalid: 'the client does not complete a healthy stream',
  interrupted: 'interrupted',
})}`,
    )
    .action(async (file: string, flags: ClientsFlags) => {
      const { dialect, limit, allow, junit, badge, json = false } = flags;
      const all = await casesOfTrial();
      const cases = flags.case.length === 0 ? all : chooseCases(all, flags.case);
      const names = all.map(({ name }) => name);
      const known =
        allow === undefined ? new Map<string, never>() : await readKnownCells(allow, names);
      const interrupted = interruption((exitCode) =>
        interruptedError('nothing was written', exitCode),
      );
      let cells: Cell[];
      try {
        cells = await tryClient(cases, {
          file,
          dialect,
          streamLimitMs: limit,
          known,
          signal: interrupted.signal,
          onCell: showProgress,
        });
      } finally {
        interrupted.over();
      }
      if (junit !== undefined) await write('--junit', junit, renderCellsJunit(file, cells));
      if (badge !== undefined) await write('--badge', badge, renderBadge(badgeOf(cells)));
      process.stdout.write(
        json
          ? `${JSON.stringify({ client: file, dialect: dialect ?? null, cells }, null, 2)}\n`
          : renderCells(cells),
      );
      warnOfUnneeded(cells);
      if (countCells(cells).bad > 0) process.exitCode = exitCodes.failure;
    });
}

function badgeOf(cells: readonly Cell[]): Badge {
  const { good, bad } = countCells(cells);
  return {
    label: 'stream faults',
    message: `${good} of ${cells.length}`,
    state: bad > 0 ? 'bad' : good === cells.length ? 'good' : 'fair',
  };
}

const fileOption = (flag: string, description: string) =>
  new Option(`${flag} <file>`, description).argParser(parseText);

function showProgress(cell: Cell, done: number, total: number): void {
  if (!drawsOver(process.stderr)) return;
  const line = done === total ? '' : `${done} of ${total} cases: ${cell.case}`;
  process.stderr.write(`\r\u001B[K${line}`);
}

function warnOfUnneeded(cells: readonly Cell[]): void {
  const unneeded = cells.filter(({ verdict, known }) => verdict === 'good' && known !== null);
  if (unneeded.length === 0) return;
  const names = unneeded.map((cell) => cell.case).join(', ');
  process.stderr.write(`--allow: good by now, and not needed: ${names}\n`);
}

async function write(flag: string, path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RehearsalError('usage', `${flag}: ${path} cannot be written: ${reason}`);
  }
}
