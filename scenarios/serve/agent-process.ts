import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { Logger } from 'pino';

import type { MetricsServer } from '../../mock-agent/metrics-server.ts';
import type { AgentScenario } from '../../mock-agent/prepare/resolve-request.ts';
import { startMockAgent, type MockAgent } from '../../mock-agent/server.ts';
import {
  describeExpiry,
  readCertificates,
  type Certificates,
} from '../../proto/http2/tls-files.ts';
import { explainBindError, explainSocketError } from '../console/bind-error.ts';
import { createLog } from '../console/log.ts';
import { explainContractError, RehearsalError } from '../console/rehearsal-error.ts';
import { findScenarios } from '../file/find-scenario.ts';
import { readScenarioObject, withScenario, type LoadedScenario } from '../file/scenario-object.ts';
import type { Scenario } from '../file/scenario.ts';
import { watchScenarios } from '../file/watch-scenarios.ts';
import type { Served } from '../processes/answer-parent.ts';
import { answerGateway, tellHold } from '../processes/agent-link.ts';
import { warnWithoutDescriptors } from '../processes/open-files.ts';
import { createSendTimesRecord } from '../processes/send-times.ts';
import { agentStartSchema, type AgentStart } from '../processes/start-message.ts';
import { warmAgent } from '../processes/warm-agent.ts';

export interface AgentProcess extends Served {
  scenarios: readonly Scenario[];
  /** The URL of its metrics. */
  metricsUrl: string | undefined;
}

/**
 * Starts the agent of this process.
 * @param callLogLevel of the line that each stream leaves in the log
 * @throws RehearsalError (scenario) for scenarios that cannot be used
 * @throws RehearsalError (usage) for a port that cannot be bound
 */
export async function startAgentProcess(
  start: AgentStart,
  callLogLevel: 'info' | 'debug',
): Promise<AgentProcess> {
  const options = agentStartSchema.parse(start);
  const { host, port, seed, socketPath, keyInPrompt } = options;
  // grpc-js would print a failure to bind in its own words, before ours.
  setLogVerbosity(logVerbosity.NONE);
  const scenarios = await findScenarios(options.scenarios);
  await warmAgent();
  const sendTimes = createSendTimesRecord();
  const log = createLog('agent', options.logLevel);
  warnWithoutDescriptors(log);
  const agent = await startMockAgent({
    scenarios,
    seed,
    keyInPrompt,
    host,
    port,
    socketPath,
    certificates: readOwnCertificates(options, log),
    log,
    callLogLevel,
    connectionAgeMs: options.connectionAgeMs,
    watchCall: ({ key }) => ({ sent: sendTimes.open(key) }),
    onHold: tellHold,
  }).catch((error: unknown) => {
    throw socketPath === undefined
      ? explainBindError(error, host, port, '--agent-port')
      : explainSocketError(error, socketPath);
  });
  const metrics = await startMetrics(agent, host, options.metricsPort).catch(
    async (error: unknown) => {
      await agent.close();
      throw error;
    },
  );
  let read: readonly AgentScenario[] = scenarios;
  let added: LoadedScenario[] = [];
  const use = () => agent.use([...read, ...added]);
  answerGateway({
    command: agent.command,
    async addScenario(scenario) {
      added = withScenario(added, await readScenarioObject(scenario));
      use();
    },
  });
  const unwatch = options.watch
    ? watchFiles(options.scenarios, scenarios, (changed) => {
        read = changed;
        use();
      })
    : () => Promise.resolve();
  const close = async () => {
    await unwatch();
    await metrics?.close();
    await agent.close();
  };
  return { ...agent, close, sendTimes, scenarios, metricsUrl: metrics?.url };
}

/**
 * Returns the certificates of an agent over TLS.
 * @throws RehearsalError (usage) for a file that cannot be used
 */
function readOwnCertificates(
  { tlsCert: cert, tlsKey: key, clientCa: ca }: Pick<AgentStart, 'tlsCert' | 'tlsKey' | 'clientCa'>,
  log: Logger,
): Certificates | undefined {
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if (cert === undefined && key === undefined)
    throw new RehearsalError('usage', '--client-ca: needs --tls-cert and --tls-key too');
  const flags = { cert: '--tls-cert', key: '--tls-key', ca: '--client-ca' };
  try {
    const certificates = readCertificates({ cert, key, ca }, flags, ({ message }) =>
      log.warn(`${message}; the certificates before it stay in use`),
    );
    const expiry = describeExpiry(certificates, flags.cert, cert);
    if (expiry !== undefined) log.warn(expiry);
    return certificates;
  } catch (error) {
    throw explainContractError(error);
  }
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

/** Has the agent use scenarios as their files change; returns what ends that. */
function watchFiles(
  references: readonly string[],
  scenarios: readonly Scenario[],
  use: (scenarios: readonly Scenario[]) => void,
): () => Promise<void> {
  return watchScenarios(references, scenarios, {
    changed(read) {
      use(read);
      const names = read.map(({ name }) => name).join(', ');
      process.stderr.write(`rehearsal: reloaded after a change: ${names}\n`);
    },
    broken({ message }) {
      process.stderr.write(`${message}\nrehearsal: the last valid version stays in use\n`);
    },
    lost(message) {
      process.stderr.write(`rehearsal: changes of files are not noticed: ${message}\n`);
    },
  });
}
