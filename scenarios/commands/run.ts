import { join } from 'node:path';

import { Command } from 'commander';

import { exitCodes } from '../../reports/exit-code.ts';
import { renderTerminal } from '../../reports/render-terminal.ts';
import { findScenarios } from '../find-scenario.ts';
import { showProgress } from '../progress.ts';
import { runScenario } from '../run.ts';
import type { Scenario } from '../scenario.ts';
import { UsageError } from '../usage-error.ts';
import { defaultFolder, prepareFolder, writeRun } from '../write-run.ts';
import { seedOption } from './options.ts';

interface RunFlags {
  target?: string;
  out?: string;
  seed?: number;
  strict?: boolean;
}

export function runCommand(): Command {
  return new Command('run')
    .description('Put a load on a stack, judge it against the targets, write a report.')
    .argument('<scenario...>', 'scenario files, or names of the catalogue')
    .option('--target <url>', 'measure this gateway instead of starting our own stack')
    .option('--out <folder>', 'where to write (default: reports/out/<scenario>/<run>)')
    .addOption(seedOption())
    .option('--strict', 'fail at a missed target, not only beyond its alarm')
    .addHelpText(
      'after',
      '\nExit codes: 0 well, 1 targets missed, 2 bad usage or set-up, 3 invalid: too late to judge.',
    )
    .action(async (references: string[], flags: RunFlags) => {
      const scenarios = await findScenarios(references);
      const codes: number[] = [];
      for (const scenario of scenarios) {
        codes.push(await runAndReport(scenario, flags, scenarios.length > 1));
      }
      // Of several runs a failed one counts first: an invalid one says nothing about the server.
      process.exitCode =
        [exitCodes.fail, exitCodes.invalid].find((code) => codes.includes(code)) ?? 0;
    });
}

async function runAndReport(
  scenario: Scenario,
  { target, out, seed, strict = false }: RunFlags,
  several: boolean,
): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new UsageError('interrupted; no report was written'));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  let takeBack: (() => Promise<void>) | undefined;
  try {
    const { signal } = interrupted;
    const folder =
      out === undefined
        ? defaultFolder(scenario.name, new Date())
        : several
          ? join(out, scenario.name)
          : out;
    takeBack = await prepareFolder(folder);
    const run = await showProgress(scenario, (onProgress) =>
      runScenario(scenario, { target, seed, strict, onProgress, signal }),
    );
    await writeRun(folder, run);
    const { isTTY, columns } = process.stdout;
    process.stdout.write(
      `${renderTerminal(run.report, { colors: isTTY && !process.env['NO_COLOR'], columns: columns ?? 100 })}\n`,
    );
    process.stdout.write(`\nReport: ${join(folder, 'report.html')}\n`);
    return exitCodes[run.report.judgement.verdict];
  } catch (error) {
    await takeBack?.();
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
