import type { GatewayHooks } from '../../gateway/hooks.ts';
import { ContractError } from '../../proto/contract-error.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import { explainBindError } from '../console/bind-error.ts';
import { createLog } from '../console/log.ts';
import { explainContractError } from '../console/rehearsal-error.ts';
import { toolVersion } from '../console/tool-version.ts';
import type { Served } from '../processes/answer-parent.ts';
import { labelStream } from '../processes/label-stream.ts';
import { warnWithoutDescriptors } from '../processes/open-files.ts';
import { createSendTimesRecord } from '../processes/send-times.ts';
import { gatewayStartSchema, type GatewayStart } from '../processes/start-message.ts';
import { warmGateway } from '../processes/warm-gateway.ts';
import { shareMetrics } from '../processes/workers.ts';
import { controlHooks } from './control-hooks.ts';

/** More of them hardly shorten the time that a burst of connections waits. */
const acceptsPerTurn = 8;

/**
 * Starts the gateway of this process.
 * @param agentAddress of an agent that starts at the same time
 * @throws RehearsalError (scenario) for scenarios that cannot be used
 * @throws RehearsalError (usage) for an agent's interface or a port that cannot be used
 */
export async function startGatewayProcess(
  start: GatewayStart,
  agentAddress?: Promise<string>,
): Promise<Served> {
  const {
    logLevel,
    control,
    workers,
    worker,
    drainMs: _,
    ...options
  } = gatewayStartSchema.parse(start);
  const { host, port } = options;
  const log = createLog('gateway', logLevel);
  const hooks: GatewayHooks = control === undefined ? {} : await controlHooks(control, host, log);
  await warmGateway();
  const sendTimes = createSendTimesRecord();
  warnWithoutDescriptors(log);
  const gateway: Gateway = await startGateway(
    {
      ...options,
      // Several workers share the connections that wait.
      acceptsPerTurn: worker === undefined ? acceptsPerTurn : 1,
      agentAddress: (await agentAddress) ?? options.agentAddress,
      version: toolVersion(),
    },
    log,
    {
      ...hooks,
      observers: [...(hooks.observers ?? []), sendTimes.observer],
      labels: labelStream,
      worker:
        worker === undefined
          ? undefined
          : {
              name: `${worker} of ${workers}`,
              expose: shareMetrics(() => gateway.metrics()),
            },
    },
  ).catch((error: unknown) => {
    if (error instanceof ContractError) throw explainContractError(error);
    throw explainBindError(error, host, port, '--port');
  });
  return { address: gateway.url, close: gateway.close, drain: gateway.drain, sendTimes };
}
