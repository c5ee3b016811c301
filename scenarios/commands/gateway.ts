import type { Command } from 'commander';

import { mayBeSeveral } from '../../gateway/agent/may-be-several.ts';
import { generatePath } from '../../proto/interface.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { closeOnSignal } from '../processes/close-on-signal.ts';
import type { GatewayStart } from '../processes/start-message.ts';
import { readServerCommand } from '../flags/read-server-command.ts';
import { addServerFlags } from '../flags/server-flags.ts';

export function gatewayCommand(command: Command): Command {
  return addServerFlags(command, 'gateway').action(async (flags: object) => {
    const start = readServerCommand(flags, 'gateway');
    if (start === undefined) return;
    const { workers = 1, maxStreams = 1, drainMs = 0, ...options } = start.gateway;
    const agentAddress = [options.agentAddress ?? []].flat();
    const announce = (url: string) => {
      process.stdout.write(
        `gateway   ${url}${generatePath}\n` +
          `agent     ${agentAddress.map(maskAddress).join(', ')}\n` +
          replicasNote(agentAddress),
      );
    };
    if (workers > 1) {
      await serveWithWorkers({ ...start.gateway, workers, maxStreams, drainMs }, announce);
      return;
    }
    const { startGatewayProcess } = await import('../serve/gateway-process.ts');
    const gateway = await startGatewayProcess(start.gateway);
    closeOnSignal(gateway, drainMs);
    announce(gateway.address);
  });
}

/** Says what differs where several agents may take the calls; empty for one. */
function replicasNote(addresses: readonly string[]): string {
  if (!mayBeSeveral(addresses)) return '';
  return 'note      each agent counts requests by itself: for the same streams again, send a key (x-rehearsal-key)\n';
}

/** Serves by child processes, and ends when one of them does. */
async function serveWithWorkers(
  options: GatewayStart & { workers: number; maxStreams: number; drainMs: number },
  announce: (url: string) => void,
): Promise<void> {
  const { startWorkers } = await import('../processes/workers.ts');
  const interrupted = interruption((exitCode) =>
    interruptedError('the gateway was still starting', exitCode),
  );
  const workers = await startWorkers(options, interrupted.signal, (_, message) =>
    process.stderr.write(`rehearsal: ${message}\n`),
  ).finally(interrupted.over);
  closeOnSignal(workers, options.drainMs);
  announce(workers.address);
  const failure = await workers.failed;
  process.stderr.write(`rehearsal: ${failure}; stopping\n`);
  await workers.close();
  process.exit(exitCodes.usage);
}
