import type { Command } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { compareRuns } from '../../reports/compare/comparison.ts';
import { nameTransport } from '../../reports/render/words.ts';
import { differencesOf } from '../../reports/fingerprint.ts';
import type { Report } from '../../reports/report.ts';
import { readNoise } from '../compare/noise-file.ts';
import { readRuns } from '../compare/read-runs.ts';
import { comparisonExitCodes, exitCodesHelp } from '../console/exit-codes.ts';
import { showComparison, writeComparison } from '../compare/write-comparison.ts';
import { exitCodeWith, prepareFolder, tellUnwritten } from '../run/write-run.ts';
import { outOption } from '../flags/options.ts';
import { jsonOption, marginOption, noiseOption } from '../flags/comparison-options.ts';

interface CompareFlags {
  margin: number;
  noise?: string;
  out?: string;
  json?: boolean;
}

export function compareCommand(command: Command): Command {
  return command
    .argument('<base>', 'report.json, the folder of a run, or a folder of runs')
    .argument('<head>', 'the same for the version that may be worse')
    .addOption(marginOption())
    .addOption(noiseOption('the noise record of `rehearsal ab --aa`'))
    .addOption(outOption('folder', 'write comparison.json and comparison.md there'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\n${exitCodesHelp({
        success: 'none or inconclusive',
        failure: 'regression',
        usage: 'wrong usage, or runs of different scenarios',
        invalid: 'one side has no valid run: the measuring side was too late',
      })}`,
    )
    .action(
      async (base: string, head: string, { margin, noise, out, json = false }: CompareFlags) => {
        const runs = { base: await readRuns(base), head: await readRuns(head) };
        refuseOtherScenarios([...runs.base, ...runs.head]);
        const [first] = runs.base;
        const comparison = compareRuns(runs.base, runs.head, {
          paired: false,
          margin,
          noise: first === undefined ? null : await readNoise(first.fingerprint, noise),
        });
        if (out !== undefined) await prepareFolder(out);
        showComparison(comparison, { json });
        const isWritten =
          out === undefined || (await tellUnwritten(writeComparison(out, comparison)));
        process.exitCode = exitCodeWith(comparisonExitCodes[comparison.answer], { isWritten });
      },
    );
}

/** @throws RehearsalError (usage) for runs of different scenarios or kinds, which cannot be compared */
function refuseOtherScenarios(reports: readonly Report[]): void {
  const middles = new Set(reports.map(({ fingerprint }) => fingerprint.scenario.middle));
  if (middles.size > 1) {
    throw new RehearsalError(
      'usage',
      'only one side is of a gateway between our load and our agent (--agent-port), so the runs cannot be compared; run both sides in the same way',
    );
  }
  refuseOtherTransports(reports);
  const differences = differencesOf(
    reports.map(({ fingerprint }) => fingerprint),
    'scenario',
  );
  if (differences.length === 0) return;
  throw new RehearsalError(
    'usage',
    `these are runs of different scenarios, which cannot be compared (${differences.join('; ')}); run the same scenario on both sides`,
  );
}

/** @throws RehearsalError (usage) for loads over different transports, whose times say nothing about each other */
function refuseOtherTransports(reports: readonly Report[]): void {
  const used = [...new Set(reports.map(({ load }) => nameTransport(load)))];
  if (used.length < 2) return;
  throw new RehearsalError(
    'usage',
    `these are runs over different transports (${used.join(', ')}), which cannot be compared; run both sides with the same transport and httpVersion of load.request`,
  );
}
