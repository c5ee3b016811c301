import type { Command } from 'commander';

import { orWholeCatalog } from '../catalog.ts';
import { findScenarios } from '../file/find-scenario.ts';
import { scenariosArgument } from '../flags/options.ts';

export function scenariosCommand(command: Command): Command {
  return command
    .addArgument(scenariosArgument())
    .option('--json', 'print JSON')
    .action(async (named: string[], { json }: { json?: boolean }) => {
      const scenarios = await findScenarios(await orWholeCatalog(named));
      const listed = scenarios.map(({ name, description }) => ({ name, description }));
      const width = Math.max(...listed.map(({ name }) => name.length));
      const lines = listed.map(({ name, description }) => `${name.padEnd(width)}  ${description}`);
      process.stdout.write(json ? `${JSON.stringify(listed, null, 2)}\n` : `${lines.join('\n')}\n`);
    });
}
