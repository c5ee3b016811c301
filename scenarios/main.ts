#!/usr/bin/env node

import cluster from 'node:cluster';

import { Command, CommanderError } from 'commander';

import { abCommand } from './commands/ab.ts';
import { agentCommand } from './commands/agent.ts';
import { compareCommand } from './commands/compare.ts';
import { gatewayCommand } from './commands/gateway.ts';
import { planCommand } from './commands/plan.ts';
import { recordCommand } from './commands/record.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { serveCommand } from './commands/serve.ts';
import { validateCommand } from './commands/validate.ts';
import { describeProblems, ScenarioError } from './problems.ts';
import { toolVersion } from './tool-version.ts';
import { AlreadyToldError, UsageError } from './usage-error.ts';

const program = new Command('rehearsal')
  .description('A stand-in for a streaming LLM backend, and a harness that measures one.')
  .version(toolVersion())
  .showHelpAfterError('(add --help to see what there is)')
  .exitOverride();

for (const command of [
  serveCommand(),
  agentCommand(),
  gatewayCommand(),
  runCommand(),
  reportCommand(),
  compareCommand(),
  abCommand(),
  planCommand(),
  recordCommand(),
  validateCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program));
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has read enough (`| head`) is no failure: the command goes on and keeps its exit code.
  if (error.code === 'EPIPE') return;
  process.stderr.write(`rehearsal: standard output cannot be written: ${error.message}\n`);
  process.exit(2);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
  // The channel to the process that started it would keep it.
  if (cluster.isWorker) process.exit();
}

/** Says what a person has to know of an error, and gives the exit code: 2 for what they can mend. */
function report(error: unknown): number {
  // Commander has printed its own already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof AlreadyToldError) return 2;
  if (error instanceof ScenarioError) {
    process.stderr.write(`${describeProblems(error.problems).join('\n')}\n`);
  } else if (error instanceof UsageError) {
    process.stderr.write(`rehearsal: ${error.message}\n`);
  } else {
    const said = error instanceof Error ? error.message : String(error);
    process.stderr.write(`rehearsal: an unexpected error: ${said}\n`);
  }
  return 2;
}
