import type { Command } from 'commander';

import { orWholeCatalog } from '../catalog.ts';
import type { Scenario } from '../file/scenario.ts';
import { closeOnSignal } from '../processes/close-on-signal.ts';
import { startAgentProcess } from '../serve/agent-process.ts';
import { scenariosArgument, seedsOf } from '../flags/options.ts';
import { readServerCommand } from '../flags/read-server-command.ts';
import { addServerFlags } from '../flags/server-flags.ts';

export function agentCommand(command: Command): Command {
  return addServerFlags(command.addArgument(scenariosArgument()), 'agent').action(
    async (named: string[], flags: object) => {
      const start = readServerCommand(flags, 'agent');
      if (start === undefined) return;
      const { seed, drainMs = 0 } = start.agent;
      const agent = await startAgentProcess(
        { ...start.agent, scenarios: await orWholeCatalog(named) },
        'info',
      );
      const { address, scenarios, metricsUrl } = agent;
      closeOnSignal(agent, drainMs);
      process.stdout.write(
        `agent     ${address} (gRPC ai.agent.v1.AIAgentService)\n` +
          (metricsUrl === undefined ? '' : `metrics   ${metricsUrl}\n`) +
          `scenario  ${scenarios.map(({ name }) => name).join(', ')}\n` +
          `seed      ${seedsOf(scenarios, seed)}\n` +
          wireFaultsNote(scenarios),
      );
    },
  );
}

/** Names the scenarios that a gateway alone can carry out; empty where there are none. */
function wireFaultsNote(scenarios: readonly Scenario[]): string {
  const names = scenarios
    .filter(({ behaviour, cases }) =>
      [behaviour, ...cases.map((each) => each.behaviour)].some(({ faults }) =>
        faults.some((fault) => fault.of === 'wire'),
      ),
    )
    .map(({ name }) => name);
  if (names.length === 0) return '';
  return `note      faults of the wire in ${names.join(', ')} need a gateway that allows them: rehearsal gateway --wire-faults\n`;
}
