import { Command } from 'commander';

import { formatProblem, ScenarioError, type Problem } from '../problems.ts';
import { readScenario } from '../read-scenario.ts';

export function validateCommand(): Command {
  return new Command('validate')
    .description('Say everything that is wrong with scenario files; nothing is started.')
    .argument('<files...>', 'scenario files')
    .action(async (files: string[]) => {
      const problems: Problem[] = [];
      for (const file of files) {
        try {
          await readScenario(file);
        } catch (error) {
          if (!(error instanceof ScenarioError)) throw error;
          problems.push(...error.problems);
        }
      }
      for (const problem of problems) process.stdout.write(`${formatProblem(problem)}\n`);
      if (problems.length > 0) process.exitCode = 2;
      else
        process.stdout.write(
          `${files.length === 1 ? '1 file is' : `${files.length} files are`} valid\n`,
        );
    });
}
