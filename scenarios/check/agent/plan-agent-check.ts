import { isRehearsalError, RehearsalError } from '../../console/rehearsal-error.ts';
import { readAgentAddress } from '../../flags/agent-address.ts';
import { startServerCommand } from '../../processes/start-command.ts';
import { portPlace } from '../../processes/start-gateway-command.ts';
import type { Numbers } from '../numbers.ts';
import { quoteForShell, withServer, type PlannedCheck } from '../planned-check.ts';
import { checkAgent } from './check-agent.ts';
import { listAgentClauses } from './clauses/index.ts';
import { agentProbes } from './probes.ts';

interface AgentFlags {
  /** As it was typed. */
  agent: string;
  start: string | undefined;
  failingPrompt: string | undefined;
  failingText: string | undefined;
  numbers: Numbers;
}

/**
 * Plans the check of an agent, by itself and below our gateway.
 * @param numberFlags the flags of the numbers that are not the specified ones
 * @throws RehearsalError (usage) for a text that is not an address
 */
export function planAgentCheck(
  { agent: text, start, failingPrompt, failingText, numbers }: AgentFlags,
  numberFlags: readonly string[],
): PlannedCheck {
  const isFreePort = start !== undefined && text.includes(portPlace);
  const addressAt = (port: number): string => readAddress(text.replaceAll(portPlace, `${port}`));
  const fixedAddress = isFreePort ? addressAt(1) : readAddress(text);
  return {
    clauses: listAgentClauses(),
    probes: agentProbes,
    numbers,
    command: [
      `--agent ${text}`,
      ...(start === undefined ? [] : [`--start ${quoteForShell(start)}`]),
      ...(failingPrompt === undefined ? [] : [`--failing-prompt ${quoteForShell(failingPrompt)}`]),
      ...(failingText === undefined ? [] : [`--failing-text ${quoteForShell(failingText)}`]),
      ...numberFlags,
    ].join(' '),
    run(options) {
      const at = isFreePort ? {} : { port: portOf(fixedAddress) };
      const startIt =
        start === undefined
          ? undefined
          : (signal: AbortSignal) => startServerCommand(start, signal, at);
      return withServer(startIt, options.signal, async (signal, server) => {
        const address = server === undefined ? fixedAddress : addressAt(server.port);
        const results = await checkAgent({
          ...options,
          address,
          failingPrompt,
          failingText,
          signal,
        });
        return { subject: address, insecure: false, results };
      });
    },
  };
}

const portOf = (address: string): number => Number(address.replace(/^.*:/, ''));

/** @throws RehearsalError (usage) for a text that is not host:port */
function readAddress(text: string): string {
  try {
    readAgentAddress(text);
  } catch (error) {
    if (!isRehearsalError(error, 'argument')) throw error;
    const problem = error.message.replace(/^It /, '').replace(/\.$/, '');
    throw new RehearsalError('usage', `--agent: "${text}" ${problem}`);
  }
  if (/^(?:\[[^\]]+\]|[^:/]+):\d+$/.test(text)) return text;
  throw new RehearsalError(
    'usage',
    `--agent: "${text}" is not the address of one agent; write host:port or [ipv6]:port`,
  );
}
