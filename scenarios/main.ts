#!/usr/bin/env node

import cluster from 'node:cluster';

import { Command, CommanderError } from 'commander';

import { maskUrls } from './mask-urls.ts';
import { describeProblems, ScenarioError } from './problems.ts';
import { toolVersion } from './tool-version.ts';
import { AlreadyToldError, UsageError } from './usage-error.ts';

const program = new Command('rehearsal')
  .description('A stand-in for a streaming LLM backend, and a harness that measures one.')
  .version(toolVersion())
  .showHelpAfterError('(add --help to see what there is)')
  .exitOverride();

/** In the order of the help. */
const commands = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand(),
  agent: async () => (await import('./commands/agent.ts')).agentCommand(),
  gateway: async () => (await import('./commands/gateway.ts')).gatewayCommand(),
  run: async () => (await import('./commands/run.ts')).runCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  compare: async () => (await import('./commands/compare.ts')).compareCommand(),
  ab: async () => (await import('./commands/ab.ts')).abCommand(),
  plan: async () => (await import('./commands/plan.ts')).planCommand(),
  record: async () => (await import('./commands/record.ts')).recordCommand(),
  validate: async () => (await import('./commands/validate.ts')).validateCommand(),
};

// One that is named is loaded alone: half of what a start takes is what the others bring with them.
const named = Object.entries(commands).filter(([name]) => name === process.argv[2]);
for (const [, load] of named.length > 0 ? named : Object.entries(commands)) {
  program.addCommand((await load()).copyInheritedSettings(program));
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
    say(describeProblems(error.problems).join('\n'));
  } else if (error instanceof UsageError) {
    say(`rehearsal: ${error.message}`);
  } else {
    const said = error instanceof Error ? error.message : String(error);
    say(`rehearsal: an unexpected error: ${said}`);
  }
  return 2;
}

/** Whatever quotes what was typed: logs of CI are read by many. */
function say(text: string): void {
  process.stderr.write(`${maskUrls(text)}\n`);
}
