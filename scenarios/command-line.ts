import { Command, CommanderError, InvalidArgumentError } from 'commander';

import { exitCodes } from './console/exit-codes.ts';
import { isRehearsalError } from './console/rehearsal-error.ts';
import { reportError } from './report-error.ts';
import { toolVersion } from './console/tool-version.ts';

interface CommandEntry {
  /** The arguments, as shown in the list of commands. */
  usage: string;
  description: string;
  /** Returns a function that adds arguments, options and action to the command. */
  load(): Promise<(command: Command) => Command>;
}

/** In the order of the help. Loads only the named command, since loading modules dominates a start. */
const commands: Record<string, CommandEntry> = {
  serve: {
    usage: '[scenario...]',
    description: 'Start the mock agent and the gateway.',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  agent: {
    usage: '[scenario...]',
    description: 'Start only the mock agent (gRPC), for use with any gateway.',
    load: async () => (await import('./commands/agent.ts')).agentCommand,
  },
  gateway: {
    usage: '',
    description: 'Start only the gateway (SSE), for any agent with the gRPC interface.',
    load: async () => (await import('./commands/gateway.ts')).gatewayCommand,
  },
  run: {
    usage: '[scenario...]',
    description: 'Run the load of a scenario, judge it against the targets, write a report.',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  merge: {
    usage: '<shard...>',
    description: 'Make one report of the shards of a load (`run --shard`).',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  report: {
    usage: '<run...>',
    description: 'Render stored runs again from report.json, without measuring.',
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  compare: {
    usage: '<base> <head>',
    description: 'Compare the reports of two versions: is head worse than base?',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  ab: {
    usage: '<scenario>',
    description: 'Run two servers in turn under the same load: is head worse than base?',
    load: async () => (await import('./commands/ab.ts')).abCommand,
  },
  plan: {
    usage: '<scenario>',
    description: 'Print the stream that a request will get, without sending one.',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  scenarios: {
    usage: '[scenario...]',
    description: 'List the scenarios of the catalogue, or the named ones, with what each does.',
    load: async () => (await import('./commands/scenarios.ts')).scenariosCommand,
  },
  faults: {
    usage: '',
    description: 'List every fault with its settings, defaults and other names.',
    load: async () => (await import('./commands/faults.ts')).faultsCommand,
  },
  record: {
    usage: '<url>',
    description: 'Record a stream as a trace for a scenario to replay.',
    load: async () => (await import('./commands/record.ts')).recordCommand,
  },
  clients: {
    usage: '<module>',
    description:
      'Run a client of yours in every failure: does it report it, or take a part for the whole text?',
    load: async () => (await import('./commands/clients.ts')).clientsCommand,
  },
  check: {
    usage: '<url>',
    description: 'Check a gateway of yours against the specification, clause by clause.',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  validate: {
    usage: '<files...>',
    description: 'Report every problem in scenario files, without starting anything.',
    load: async () => (await import('./commands/validate.ts')).validateCommand,
  },
};

/** Runs the command that the arguments name, and sets the exit code of the process. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = new Command('rehearsal')
    .description('A mock of a streaming LLM backend, and a load test for a real one.')
    .version(toolVersion())
    .showHelpAfterError('(--help lists commands and options)')
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${commands[command.name()]?.usage ?? ''}`,
    })
    .exitOverride();
  const named = args.find((argument) => Object.hasOwn(commands, argument));
  try {
    for (const [name, { description, load }] of Object.entries(commands)) {
      const command = program.command(name).description(description);
      if (name === named) nameRefusedOptions((await load())(command));
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its own errors. It also throws after help and version, with code 0.
    if (!(error instanceof CommanderError)) process.exitCode = reportError(error);
    else process.exitCode = error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  }
}

/** Lets commander name the option of a value that is refused. */
function nameRefusedOptions({ options }: Command): void {
  for (const option of options) {
    const { parseArg } = option;
    if (parseArg === undefined) continue;
    option.argParser((value, previous: unknown) => {
      try {
        return parseArg(value, previous);
      } catch (error) {
        if (!isRehearsalError(error, 'argument')) throw error;
        throw new InvalidArgumentError(error.message);
      }
    });
  }
}
