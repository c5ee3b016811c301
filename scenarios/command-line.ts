import { Command, CommanderError } from 'commander';

import { exitCodes } from './console/exit-codes.ts';
import { reportError } from './report-error.ts';
import { toolVersion } from './console/tool-version.ts';

interface CommandEntry {
  /** Its arguments, in the list of commands. */
  usage: string;
  description: string;
  /** Returns what adds the arguments, the options and the action. */
  load(): Promise<(command: Command) => Command>;
}

/** In the order of the help. Only the named one is loaded: nearly all of a start is loading modules. */
const commands: Record<string, CommandEntry> = {
  serve: {
    usage: '[scenario...]',
    description: 'Start agent and gateway together.',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  agent: {
    usage: '[scenario...]',
    description: 'Start the mock agent alone (gRPC), for use under any gateway.',
    load: async () => (await import('./commands/agent.ts')).agentCommand,
  },
  gateway: {
    usage: '',
    description: 'Start the gateway alone (SSE), before any agent that speaks the specified gRPC.',
    load: async () => (await import('./commands/gateway.ts')).gatewayCommand,
  },
  run: {
    usage: '<scenario...>',
    description: 'Put a load on a stack, judge it against the targets, write a report.',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  merge: {
    usage: '<shard...>',
    description: 'Make one report of the shards of a load (`run --shard`).',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  report: {
    usage: '<run...>',
    description: 'Render stored runs again from their report.json; nothing is measured.',
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  compare: {
    usage: '<base> <head>',
    description: 'Say whether one side of runs is worse than another.',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  ab: {
    usage: '<scenario>',
    description: 'Run two servers by turns under the same load, and say whether head is worse.',
    load: async () => (await import('./commands/ab.ts')).abCommand,
  },
  plan: {
    usage: '<scenario>',
    description: 'Print what a stream will be, before it is.',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  record: {
    usage: '<url>',
    description: 'Record a stream as a trace, which a scenario can replay.',
    load: async () => (await import('./commands/record.ts')).recordCommand,
  },
  validate: {
    usage: '<files...>',
    description: 'Say everything that is wrong with scenario files; nothing is started.',
    load: async () => (await import('./commands/validate.ts')).validateCommand,
  },
};

/** Runs the command that the arguments name; the process gets its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = new Command('rehearsal')
    .description('A stand-in for a streaming LLM backend, and a harness that measures one.')
    .version(toolVersion())
    .showHelpAfterError('(add --help to see what there is)')
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${commands[command.name()]?.usage ?? ''}`,
    })
    .exitOverride();
  const named = args.find((argument) => Object.hasOwn(commands, argument));
  try {
    for (const [name, { description, load }] of Object.entries(commands)) {
      const command = program.command(name).description(description);
      if (name === named) (await load())(command);
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its own errors; help and version are no errors.
    if (!(error instanceof CommanderError)) process.exitCode = reportError(error);
    else process.exitCode = error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  }
}
