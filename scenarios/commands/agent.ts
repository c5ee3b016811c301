import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Command } from 'commander';
import { pino } from 'pino';

import { startMockAgent } from '../../mock-agent/server.ts';
import { defaultScenario, findScenarios } from '../find-scenario.ts';
import { serveProcess } from '../serve-process.ts';
import { explainBindError } from '../usage-error.ts';
import { agentPortOption, hostOption, seedOption, seedsOf } from './options.ts';

interface AgentFlags {
  host: string;
  agentPort: number;
  seed?: number;
}

export function agentCommand(): Command {
  return new Command('agent')
    .description('Start the mock agent alone (gRPC), for use under any gateway.')
    .argument('[scenario...]', 'scenario files, or names of the catalogue', [defaultScenario])
    .addOption(agentPortOption())
    .addOption(hostOption())
    .addOption(seedOption())
    .action(async (references: string[], { host, agentPort, seed }: AgentFlags) => {
      // grpc-js would print a failure to bind in its own words, before ours.
      setLogVerbosity(logVerbosity.NONE);
      const scenarios = await findScenarios(references);
      const agent = await startMockAgent({
        scenarios,
        seed,
        host,
        port: agentPort,
        log: pino(pino.destination(2)),
      }).catch((error: unknown) => {
        throw explainBindError(error, host, agentPort, '--agent-port');
      });
      serveProcess(agent, () => {
        process.stdout.write(
          `agent     ${agent.address} (gRPC ai.agent.v1.AIAgentService)\n` +
            `scenario  ${scenarios.map(({ name }) => name).join(', ')}\n` +
            `seed      ${seedsOf(scenarios, seed)}\n`,
        );
      });
    });
}
