import type { Command } from 'commander';

import { RehearsalError } from '../console/rehearsal-error.ts';
import { exitCodeOfVerdicts, exitCodesHelp } from '../console/exit-codes.ts';
import {
  exitCodeWith,
  prepareFolder,
  prepareOwnFolder,
  tellUnwritten,
  writeRun,
} from '../run/write-run.ts';
import { isAmong, mergeShards } from '../shards/merge-shards.ts';
import { outOption } from '../flags/options.ts';
import { allStreamsOption } from '../flags/run-options.ts';
import { showReport } from './show-report.ts';

interface MergeFlags {
  out?: string;
  strict?: boolean;
  allStreams?: boolean;
}

export function mergeCommand(command: Command): Command {
  return command
    .argument('<shard...>', 'the folders of all shards, in any order')
    .addOption(
      outOption('folder', 'write the report there (default: reports/out/<scenario>/<run>)'),
    )
    .addOption(allStreamsOption())
    .option('--strict', 'also fail at a missed target that is not beyond its alarm')
    .addHelpText(
      'after',
      `\n${exitCodesHelp({
        success: 'targets met',
        failure: 'targets missed',
        usage: 'shards that are missing, doubled, of another load or broken off',
        invalid: 'invalid: a shard was too late to judge',
      })}`,
    )
    .action(async (shards: string[], { out, strict = false, allStreams = false }: MergeFlags) => {
      if (out !== undefined && (await isAmong(out, shards))) {
        throw new RehearsalError(
          'usage',
          `--out: ${out} is the folder of a shard, whose streams the report would replace; write another one`,
        );
      }
      const run = await mergeShards(shards, { strict });
      const folder =
        out === undefined
          ? await prepareOwnFolder(run.report.scenario.name, new Date())
          : await prepareFolder(out);
      const isWritten = await tellUnwritten(writeRun(folder.path, run, { allStreams }));
      showReport(run.report, isWritten ? folder.path : null);
      if (!isWritten) await folder.takeBack();
      const code = exitCodeOfVerdicts([run.report.judgement.verdict]);
      process.exitCode = exitCodeWith(code, { isWritten });
    });
}
