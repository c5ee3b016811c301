import type { Command } from 'commander';

import { generatePath } from '../../proto/interface.ts';
import { orWholeCatalog } from '../catalog.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import type { LogLevel } from '../console/log-levels.ts';
import { serveProcess } from '../processes/serve-process.ts';
import { startStack, type Stack } from '../processes/start-stack.ts';
import { authOption, readAuth, type AuthFlag } from './auth-option.ts';
import {
  agentPortOption,
  bareOption,
  hostOption,
  logLevelOption,
  maxStreamsOption,
  noWatchOption,
  portOption,
  retryOption,
  scenariosArgument,
  seedOption,
  seedsOf,
} from './options.ts';

interface ServeFlags {
  host: string;
  port: number;
  agentPort: number;
  auth?: AuthFlag;
  maxStreams: number;
  logLevel: LogLevel;
  bare?: boolean;
  /** In milliseconds. */
  retry?: number;
  seed?: number;
  watch: boolean;
}

export function serveCommand(command: Command): Command {
  return command
    .addArgument(scenariosArgument())
    .addOption(portOption())
    .addOption(agentPortOption())
    .addOption(hostOption())
    .addOption(seedOption())
    .addOption(noWatchOption())
    .addOption(authOption())
    .addOption(maxStreamsOption())
    .addOption(logLevelOption())
    .addOption(bareOption())
    .addOption(retryOption())
    .action(async (named: string[], flags: ServeFlags) => {
      const accepted = readAuth(flags.auth);
      const auth = typeof accepted === 'string' ? accepted : 'listed';
      const scenarios = await orWholeCatalog(named);
      const interrupted = interruption((exitCode) =>
        interruptedError('nothing was started', exitCode),
      );
      const stack = await startStack({
        scenarios,
        ...flags,
        auth,
        control: true,
        signal: interrupted.signal,
        onAnswering: (_, message) => process.stderr.write(`rehearsal: ${message}\n`),
      }).finally(interrupted.over);
      const close = () => stack.close();
      serveProcess({ address: stack.url, close, stats: () => null, sendTimes: null }, () => {
        process.stdout.write(
          banner(stack, named.length > 0, seedsOf(stack.scenarios, flags.seed), auth),
        );
      });
      const how = await stack.failed;
      process.stderr.write(`rehearsal: ${how}; stopping\n`);
      await stack.close();
      process.exit(exitCodes.usage);
    });
}

/**
 * The first line names the address, for programs; the rest is for people.
 * @param described whether each scenario is listed with its description; of the whole catalogue that would
 * push the address off the screen
 */
function banner(stack: Stack, described: boolean, seeds: string, auth: AuthFlag): string {
  const endpoint = stack.url + generatePath;
  const [first, ...others] = stack.scenarios;
  const token = auth === 'off' ? '' : " -H 'Authorization: Bearer <token>'";
  const lines = [
    `gateway   ${endpoint}`,
    `agent     ${stack.agentAddress} (gRPC ai.agent.v1.AIAgentService)`,
    `scenario  ${first?.name}: ${first?.description}`,
    ...(described
      ? others.map(({ name, description }) => `          ${name}: ${description}`)
      : wrap(others.map(({ name }) => name)).map(
          (line, index) => (index === 0 ? 'others    ' : '          ') + line,
        )),
    `seed      ${seeds}`,
    '',
    `Try it: open ${stack.url}/ in a browser, or in another terminal:`,
    `  curl -N ${endpoint}${token} -H 'Content-Type: application/json' -d '{"prompt": "Write a story"}'`,
    '',
    ...(others.length === 0
      ? []
      : [
          `${first?.name} answers by default. To choose another, add ?scenario=NAME to the URL,`,
          'or send the header x-rehearsal-scenario: NAME, or the model rehearsal/NAME:',
          `  curl -N${token} '${endpoint}?prompt=hello&scenario=${exampleOf(others)}'`,
          `What each does: docs/scenarios.md, or ${stack.url}/__rehearsal/scenarios`,
          '',
        ]),
    'Ctrl+C ends it.',
  ];
  return `${lines.join('\n')}\n`;
}

/** The one of the others that shows most, where it is there. */
function exampleOf(others: Stack['scenarios']): string | undefined {
  return (others.find(({ name }) => name === 'error-after-text') ?? others[0])?.name;
}

const lineWidth = 70;

/** Joins words by commas, a line as long as fits. */
function wrap(words: readonly string[]): string[] {
  return words.reduce<string[]>((lines, word, index) => {
    const text = index === words.length - 1 ? word : `${word},`;
    const last = lines.at(-1);
    return last !== undefined && last.length + text.length < lineWidth
      ? [...lines.slice(0, -1), `${last} ${text}`]
      : [...lines, text];
  }, []);
}
