import type { Command } from 'commander';

import { generatePath } from '../../proto/interface.ts';
import { exitCodes } from '../console/exit-codes.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { closeOnSignal } from '../processes/close-on-signal.ts';
import type { GatewayStart } from '../processes/start-message.ts';
import { readAgentAddress } from '../flags/agent-address.ts';
import { agentProtoOf, type AgentProtoFlags } from '../flags/agent-proto-flags.ts';
import { readAuth, type AuthFlag } from '../flags/auth-flag.ts';
import { addServerFlags, readServerFlags } from '../flags/flag-options.ts';

interface GatewayFlags extends AgentProtoFlags {
  agent: string;
  auth?: AuthFlag;
  maxStreams: number;
  workers: number;
}

export function gatewayCommand(command: Command): Command {
  return addServerFlags(command, 'gateway').action(async (flags: GatewayFlags) => {
    const { workers, maxStreams } = flags;
    const agentAddress = readAgentAddress(flags.agent);
    const options = {
      ...readServerFlags(flags, 'gateway'),
      agentAddress,
      agentProto: agentProtoOf(flags),
      auth: readAuth(flags.auth),
    };
    const announce = (url: string) => {
      process.stdout.write(
        `gateway   ${url}${generatePath}\nagent     ${maskAddress(agentAddress)}\n`,
      );
    };
    if (workers > 1) {
      await serveWithWorkers({ ...options, workers, maxStreams }, announce);
      return;
    }
    const { startGatewayProcess } = await import('../serve/gateway-process.ts');
    const { address, close } = await startGatewayProcess(options);
    closeOnSignal(close);
    announce(address);
  });
}

/** Serves by child processes, and ends when one of them does. */
async function serveWithWorkers(
  options: GatewayStart & { workers: number; maxStreams: number },
  announce: (url: string) => void,
): Promise<void> {
  const { startWorkers } = await import('../processes/workers.ts');
  const interrupted = interruption((exitCode) => interruptedError('nothing was started', exitCode));
  const { address, failed, close } = await startWorkers(options, interrupted.signal, (_, message) =>
    process.stderr.write(`rehearsal: ${message}\n`),
  ).finally(interrupted.over);
  closeOnSignal(close);
  announce(address);
  const how = await failed;
  process.stderr.write(`rehearsal: ${how}; stopping\n`);
  await close();
  process.exit(exitCodes.usage);
}
