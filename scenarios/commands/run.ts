import { join } from 'node:path';

import type { Command } from 'commander';

import { exitCodeOf } from '../../reports/exit-code.ts';
import type { Verdict } from '../../reports/verdict.ts';
import { findScenarios } from '../find-scenario.ts';
import { interruption } from '../interruption.ts';
import { showProgress } from '../progress.ts';
import { runScenario } from '../run.ts';
import type { Scenario } from '../scenario.ts';
import { showReport } from '../show-report.ts';
import { prepareFolder, prepareOwnFolder, writeRun, type RunFolder } from '../write-run.ts';
import { seedOption } from './options.ts';

interface RunFlags {
  target?: string;
  out?: string;
  seed?: number;
  strict?: boolean;
}

export function runCommand(command: Command): Command {
  return command
    .argument('<scenario...>', 'scenario files, or names of the catalogue')
    .option('--target <url>', 'measure this gateway instead of starting our own stack')
    .option('--out <folder>', 'where to write (default: reports/out/<scenario>/<run>)')
    .addOption(seedOption())
    .option('--strict', 'fail at a missed target, not only beyond its alarm')
    .addHelpText(
      'after',
      '\nExit codes: 0 well, 1 targets missed, 2 bad usage or set-up, 3 invalid: too late to judge, 130 interrupted.',
    )
    .action(async (references: string[], flags: RunFlags) => {
      const scenarios = await findScenarios(references);
      const verdicts: Verdict[] = [];
      for (const scenario of scenarios) {
        verdicts.push(await runAndReport(scenario, flags, scenarios.length > 1));
      }
      process.exitCode = exitCodeOf(verdicts);
    });
}

async function runAndReport(
  scenario: Scenario,
  { target, out, seed, strict = false }: RunFlags,
  several: boolean,
): Promise<Verdict> {
  const interrupted = interruption('no report was written');
  let folder: RunFolder | undefined;
  try {
    const { signal } = interrupted;
    folder =
      out === undefined
        ? await prepareOwnFolder(scenario.name, new Date())
        : await prepareFolder(several ? join(out, scenario.name) : out);
    const run = await showProgress(scenario, (onProgress) =>
      runScenario(scenario, { target, seed, strict, onProgress, signal }),
    );
    await writeRun(folder.path, run);
    showReport(run.report, folder.path);
    return run.report.judgement.verdict;
  } catch (error) {
    await folder?.takeBack();
    throw error;
  } finally {
    interrupted.over();
  }
}
