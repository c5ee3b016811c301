import type { Command } from 'commander';

import { generatePath } from '../../gateway/generate-path.ts';
import { defaultScenario, findScenarios } from '../find-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { InterruptedError, interruption } from '../interruption.ts';
import type { LogLevel } from '../log-levels.ts';
import { serveProcess } from '../serve-process.ts';
import { startStack, type Stack } from '../stack.ts';
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
    .argument('[scenario...]', 'scenario files, or names of the catalogue', [defaultScenario])
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
    .action(async (references: string[], flags: ServeFlags) => {
      const accepted = readAuth(flags.auth);
      const auth = typeof accepted === 'string' ? accepted : 'listed';
      const scenarios = await findScenarios(references);
      const interrupted = interruption(
        (exitCode) => new InterruptedError('nothing was started', exitCode),
      );
      const stack = await startStack({
        scenarios: references,
        ...flags,
        auth,
        control: true,
        signal: interrupted.signal,
        onAnswering: (_, message) => process.stderr.write(`rehearsal: ${message}\n`),
      }).finally(interrupted.over);
      const close = () => stack.close();
      serveProcess({ address: stack.url, close, stats: () => null, sendTimes: null }, () => {
        process.stdout.write(banner(stack, scenarios, seedsOf(scenarios, flags.seed), auth));
      });
      const how = await stack.failed;
      process.stderr.write(`rehearsal: ${how}; stopping\n`);
      await stack.close();
      process.exit(2);
    });
}

/** The first line names the address, for programs; the rest is for people. */
function banner(
  stack: Stack,
  scenarios: readonly Scenario[],
  seeds: string,
  auth: AuthFlag,
): string {
  const endpoint = stack.url + generatePath;
  const [first, second] = scenarios;
  const lines = [
    `gateway   ${endpoint}`,
    `agent     ${stack.agentAddress} (gRPC ai.agent.v1.AIAgentService)`,
    ...scenarios.map(({ name, description }, index) =>
      [index === 0 ? 'scenario ' : '         ', `${name}: ${description}`].join(' '),
    ),
    `seed      ${seeds}`,
    '',
    `Try it: open ${stack.url}/ in a browser, or in another terminal:`,
    `  curl -N ${endpoint}${auth === 'off' ? '' : " -H 'Authorization: Bearer <token>'"} -H 'Content-Type: application/json' -d '{"prompt": "Write a story"}'`,
    '',
    ...(second === undefined
      ? []
      : [`${first?.name} answers; add ?scenario=${second.name} to the URL for another.`, '']),
    'Ctrl+C ends it.',
  ];
  return `${lines.join('\n')}\n`;
}
