import { dirname } from 'node:path';

import type { Command } from 'commander';

import type { Verdict } from '../../reports/verdict/verdict.ts';
import { exitCodeOfVerdicts } from '../console/exit-codes.ts';
import { readReport } from '../compare/read-report.ts';
import { showReport } from './show-report.ts';
import { writeRenderings } from '../run/write-run.ts';

export function reportCommand(command: Command): Command {
  return command
    .argument('<run...>', 'folders of runs, or report.json files')
    .addHelpText('after', '\nThe exit code is that of the verdict, as for `rehearsal run`.')
    .action(async (runs: string[]) => {
      const verdicts: Verdict[] = [];
      for (const run of runs) {
        const { report, file } = await readReport(run);
        const folder = dirname(file);
        showReport(report, folder);
        await writeRenderings(folder, report);
        verdicts.push(report.judgement.verdict);
      }
      process.exitCode = exitCodeOfVerdicts(verdicts);
    });
}
