import { attempt, readAll } from '../../console/read-all.ts';
import { isRehearsalError, RehearsalError } from '../../console/rehearsal-error.ts';
import { readAgentAddress, socketPathOf } from '../../flags/agent-address.ts';
import {
  listAgentTlsFlags,
  readAgentTls,
  type AgentTlsFlags,
} from '../../flags/agent-tls-flags.ts';
import { startServerCommand } from '../../processes/start-command.ts';
import { portPlace } from '../../processes/start-gateway-command.ts';
import type { CheckOptions } from '../check-subject.ts';
import type { Numbers } from '../numbers.ts';
import { quoteForShell, withServer, type PlannedCheck } from '../planned-check.ts';
import { checkAgent } from './check-agent.ts';
import { listAgentClauses } from './clauses/index.ts';
import { agentProbes } from './probes.ts';

interface AgentFlags {
  /** As it was typed. */
  agent: string;
  tls: AgentTlsFlags;
  start: string | undefined;
  failingPrompt: string | undefined;
  failingText: string | undefined;
  numbers: Numbers;
}

/**
 * Plans the check of an agent, by itself and below our gateway.
 * @param numberFlags the flags of the numbers that are not the specified ones
 */
export function planAgentCheck(
  { agent: text, tls, start, failingPrompt, failingText, numbers }: AgentFlags,
  numberFlags: readonly string[],
): PlannedCheck {
  const isFreePort = start !== undefined && text.includes(portPlace);
  const addressAt = (port: number): string => readAddress(text.replaceAll(portPlace, `${port}`));
  const readFixedAddress = (): string => {
    const address = isFreePort ? addressAt(1) : readAddress(text);
    if (start === undefined || socketPathOf(address) === undefined) return address;
    throw new RehearsalError(
      'usage',
      '--start waits for a port, and a Unix socket has none; start the agent yourself, or write host:port',
    );
  };
  return {
    clauses: listAgentClauses(),
    probes: agentProbes,
    numbers,
    command: [
      `--agent ${text}`,
      ...listAgentTlsFlags(tls).map(([flag, value]) =>
        value === undefined ? flag : `${flag} ${quoteForShell(value)}`,
      ),
      ...(start === undefined ? [] : [`--start ${quoteForShell(start)}`]),
      ...(failingPrompt === undefined ? [] : [`--failing-prompt ${quoteForShell(failingPrompt)}`]),
      ...(failingText === undefined ? [] : [`--failing-text ${quoteForShell(failingText)}`]),
      ...numberFlags,
    ].join(' '),
    async read() {
      const [fixedAddress, { certificates }] = await readAll([
        attempt(readFixedAddress),
        attempt(() => readAgentTls(tls)),
      ]);
      const fixedPort = isFreePort ? {} : { port: portOf(fixedAddress) };
      const startIt =
        start === undefined
          ? undefined
          : (signal: AbortSignal) => startServerCommand(start, signal, fixedPort);
      const run = (options: CheckOptions) =>
        withServer(startIt, options.signal, async (signal, server) => {
          const address = server === undefined ? fixedAddress : addressAt(server.port);
          const results = await checkAgent({
            ...options,
            address,
            tls,
            failingPrompt,
            failingText,
            signal,
          });
          const subject = certificates === undefined ? address : `grpcs://${address}`;
          return { subject, insecure: false, results };
        });
      return { run };
    },
  };
}

const portOf = (address: string): number => Number(address.replace(/^.*:/, ''));

/** @throws RehearsalError (usage) for a text that is not the address of one agent */
function readAddress(text: string): string {
  try {
    readAgentAddress(text);
  } catch (error) {
    if (!isRehearsalError(error, 'argument')) throw error;
    const problem = error.message.replace(/^It /, '').replace(/\.$/, '');
    throw new RehearsalError('usage', `--agent: "${text}" ${problem}`);
  }
  if (socketPathOf(text) !== undefined || /^(?:\[[^\]]+\]|[^:/]+):\d+$/.test(text)) return text;
  throw new RehearsalError(
    'usage',
    `--agent: "${text}" is not the address of one agent; write host:port, [ipv6]:port or unix:path`,
  );
}
