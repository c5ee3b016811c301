import type { Command } from 'commander';

import { isRehearsalError } from '../console/rehearsal-error.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { describeProblems } from '../file/problems.ts';
import { readScenario } from '../file/read-scenario.ts';
import { scenarioFiles } from '../file/scenario-files.ts';

export function validateCommand(command: Command): Command {
  return command
    .argument('<files...>', 'scenario files, and folders of them: all *.yaml and *.yml below')
    .option('--json', 'as JSON, for programs: a list of {file, line, column, message}')
    .addHelpText('after', '\nIn GitHub Actions, every problem is an annotation as well.')
    .action(async (paths: string[], { json }: { json?: boolean }) => {
      const { files, problems } = await scenarioFiles(paths);
      for (const file of files) {
        try {
          await readScenario(file);
        } catch (error) {
          if (!isRehearsalError(error, 'scenario')) throw error;
          problems.push(...error.problems);
        }
      }
      if (problems.length > 0) process.exitCode = exitCodes.usage;
      if (json) {
        process.stdout.write(`${JSON.stringify(problems, null, 2)}\n`);
        return;
      }
      const lines = describeProblems(problems);
      if (lines.length === 0) {
        lines.push(`${files.length === 1 ? '1 file is' : `${files.length} files are`} valid`);
      }
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
