import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Command } from 'commander';

import type { MetricsServer } from '../../mock-agent/metrics-server.ts';
import { startMockAgent, type MockAgent } from '../../mock-agent/server.ts';
import { orWholeCatalog } from '../catalog.ts';
import { findScenarios } from '../file/find-scenario.ts';
import type { LogLevel } from '../console/log-levels.ts';
import { createLog } from '../console/log.ts';
import { createSendTimesRecord } from '../processes/send-times.ts';
import { warnWithoutDescriptors } from '../processes/open-files.ts';
import type { Scenario } from '../file/scenario.ts';
import { isChildOfOurs, serveProcess } from '../processes/serve-process.ts';
import { explainBindError } from '../console/bind-error.ts';
import { warmAgent } from '../processes/warm-agent.ts';
import { watchScenarios } from '../file/watch-scenarios.ts';
import {
  agentPortOption,
  hostOption,
  logLevelOption,
  metricsOption,
  noWatchOption,
  scenariosArgument,
  seedOption,
  seedsOf,
} from './options.ts';

interface AgentFlags {
  host: string;
  agentPort: number;
  logLevel: LogLevel;
  metrics?: number;
  seed?: number;
  watch: boolean;
}

export function agentCommand(command: Command): Command {
  return command
    .addArgument(scenariosArgument())
    .addOption(agentPortOption())
    .addOption(hostOption())
    .addOption(seedOption())
    .addOption(noWatchOption())
    .addOption(logLevelOption())
    .addOption(metricsOption())
    .action(async (named: string[], flags: AgentFlags) => {
      const { host, agentPort, logLevel, seed, watch } = flags;
      // grpc-js would print a failure to bind in its own words, before ours.
      setLogVerbosity(logVerbosity.NONE);
      const references = await orWholeCatalog(named);
      const scenarios = await findScenarios(references);
      await warmAgent();
      const sendTimes = createSendTimesRecord();
      const log = createLog('agent', logLevel);
      warnWithoutDescriptors(log);
      const agent = await startMockAgent({
        scenarios,
        seed,
        host,
        port: agentPort,
        log,
        // The gateway of `serve` has a line for each stream already.
        callLogLevel: isChildOfOurs() ? 'debug' : 'info',
        watchStream: sendTimes.open,
      }).catch((error: unknown) => {
        throw explainBindError(error, host, agentPort, '--agent-port');
      });
      const metrics = await startMetrics(agent, host, flags.metrics).catch(
        async (error: unknown) => {
          await agent.close();
          throw error;
        },
      );
      const unwatch = watch
        ? watchScenarios(references, scenarios, {
            changed(read) {
              agent.use(read);
              const names = read.map(({ name }) => name).join(', ');
              process.stderr.write(`rehearsal: read again after a change: ${names}\n`);
            },
            broken({ message }) {
              process.stderr.write(`${message}\nrehearsal: what was read before goes on\n`);
            },
            lost(message) {
              process.stderr.write(`rehearsal: changes of files are not noticed: ${message}\n`);
            },
          })
        : () => Promise.resolve();
      const close = async () => {
        await unwatch();
        await metrics?.close();
        await agent.close();
      };
      serveProcess({ ...agent, close, sendTimes, scenarios }, () => {
        process.stdout.write(
          `agent     ${agent.address} (gRPC ai.agent.v1.AIAgentService)\n` +
            (metrics === undefined ? '' : `metrics   ${metrics.url}\n`) +
            `scenario  ${scenarios.map(({ name }) => name).join(', ')}\n` +
            `seed      ${seedsOf(scenarios, seed)}\n` +
            wireFaultsNote(scenarios),
        );
      });
    });
}

/** @throws RehearsalError (usage) where the port cannot be bound */
async function startMetrics(
  { stats }: MockAgent,
  host: string,
  port: number | undefined,
): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined;
  const { serveMetrics } = await import('../../mock-agent/metrics-server.ts');
  try {
    return await serveMetrics(stats, host, port);
  } catch (error) {
    throw explainBindError(error, host, port, '--metrics');
  }
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
