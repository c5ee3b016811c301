import type { Command } from 'commander';

import { generatePath } from '../../proto/interface.ts';
import { areAllThere, orWholeCatalog } from '../catalog.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { closeOnSignal } from '../processes/close-on-signal.ts';
import { startStack, type Stack } from '../processes/start-stack.ts';
import { scenariosArgument, seedsOf } from '../flags/options.ts';
import { readServerCommand } from '../flags/read-server-command.ts';
import { addServerFlags } from '../flags/server-flags.ts';

export function serveCommand(command: Command): Command {
  return addServerFlags(command.addArgument(scenariosArgument()), 'serve').action(
    async (named: string[], flags: object) => {
      const start = readServerCommand(flags, 'serve');
      if (start === undefined) return;
      await refuseMissing(named);
      const scenarios = await orWholeCatalog(named);
      const { seed, watch, drainMs = 0 } = start.agent;
      const interrupted = interruption((exitCode) =>
        interruptedError('nothing was started', exitCode),
      );
      const stack = await startStack({
        agent: { ...start.agent, scenarios },
        gateway: { ...start.gateway, control: { scenarios, seed, watch } },
        signal: interrupted.signal,
        onAnswering: (_, message) => process.stderr.write(`rehearsal: ${message}\n`),
      }).finally(interrupted.over);
      closeOnSignal(stack, drainMs);
      process.stdout.write(
        banner(stack, {
          isDescribed: named.length > 0,
          seeds: seedsOf(stack.scenarios, seed),
          needsToken: start.gateway.auth !== 'off',
        }),
      );
      const failure = await stack.failed;
      process.stderr.write(`rehearsal: ${failure}; stopping\n`);
      await stack.close();
      process.exit(exitCodes.usage);
    },
  );
}

/**
 * Refuses scenarios that do not exist before two processes start in vain. Their content is read by these: this process
 * loads no parser.
 * @throws RehearsalError (scenario) with every problem
 */
async function refuseMissing(references: readonly string[]): Promise<void> {
  if (await areAllThere(references)) return;
  const { findScenarios } = await import('../file/find-scenario.ts');
  await findScenarios(references);
}

interface BannerOptions {
  /** Whether each scenario has its description; the whole catalogue would push the address off the screen. */
  isDescribed: boolean;
  seeds: string;
  needsToken: boolean;
}

/** The first line names the address, for programs; the rest is for people. */
function banner(stack: Stack, { isDescribed, seeds, needsToken }: BannerOptions): string {
  const endpoint = stack.url + generatePath;
  const [first, ...others] = stack.scenarios;
  const token = needsToken ? " -H 'Authorization: Bearer <token>'" : '';
  const lines = [
    `gateway   ${endpoint}`,
    `agent     ${stack.agentAddress} (gRPC ai.agent.v1.AIAgentService)`,
    `scenario  ${first?.name}: ${first?.description}`,
    ...(isDescribed
      ? others.map(({ name, description }) => `          ${name}: ${description}`)
      : wrap(others.map(({ name }) => name)).map(
          (line, index) => (index === 0 ? 'others    ' : '          ') + line,
        )),
    `seed      ${seeds}`,
    '',
    `Try it: open ${stack.url}/ in a browser, or in another terminal:`,
    `  curl -N ${endpoint}${token} -H 'Content-Type: application/json' -d '{"prompt": "Write a story"}'`,
    ...(stack.url.startsWith('https:')
      ? ['  (with --cacert FILE, if curl does not trust the certificate)']
      : []),
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
