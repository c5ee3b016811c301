import { endpointOf, generatePath } from '../../proto/interface.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { defaultAgentHost } from '../flags/middle-options.ts';
import { readHeaders } from '../load/headers.ts';
import { startGatewayCommand, withSomePort } from '../processes/start-gateway-command.ts';
import { startAgentBelow } from './agent-below.ts';
import { checkGateway } from './check-gateway.ts';
import { clauses } from './clauses/index.ts';
import type { Numbers } from './numbers.ts';
import { quoteForShell, withServer, type PlannedCheck } from './planned-check.ts';
import { listProbes } from './probes.ts';
import { reachGateway } from './reach-gateway.ts';

interface GatewayFlags {
  /** As it was typed. */
  url: string;
  /** Where our agent listens. */
  host: string;
  agentPort: number;
  start: string | undefined;
  header: readonly string[];
  insecure: boolean;
  numbers: Numbers;
}

/**
 * Plans the check of a gateway between our agent and our client.
 * @param numberFlags the flags of the numbers that are not the specified ones
 * @throws RehearsalError (usage) for a text that is not a URL with http or https
 */
export function planGatewayCheck(
  { url: text, host, agentPort, start, header, insecure, numbers }: GatewayFlags,
  numberFlags: readonly string[],
): PlannedCheck {
  const fixedUrl = readUrl(start === undefined ? text : withSomePort(text));
  const headers = { authorization: 'Bearer check', ...readHeaders([...header]) };
  const probes = listProbes(numbers);
  return {
    clauses,
    probes,
    numbers,
    command: [
      maskAddress(text),
      `--agent-port ${agentPort}`,
      ...(host === defaultAgentHost ? [] : [`--host ${host}`]),
      ...(start === undefined ? [] : [`--start ${quoteForShell(start)}`]),
      ...header.map((line) => `--header ${quoteForShell(withoutValue(line))}`),
      ...(insecure ? ['--insecure'] : []),
      ...numberFlags,
    ].join(' '),
    async run(options) {
      const agent = await startAgentBelow(probes, { host, port: agentPort });
      const startIt =
        start === undefined
          ? undefined
          : (signal: AbortSignal) =>
              startGatewayCommand(start, text, { agentAddress: agent.address, signal });
      try {
        return await withServer(startIt, options.signal, async (signal, server) => {
          const url = server === undefined ? fixedUrl : readUrl(server.url);
          const gateway = { url, headers, insecure };
          await reachGateway(probes.story, { gateway, agent, signal });
          const results = await checkGateway({ ...options, gateway, agent, probes, signal });
          return { subject: maskAddress(url.href), results };
        });
      } finally {
        await agent.close();
      }
    },
  };
}

/** @throws RehearsalError (usage) for a text that is not a URL with http or https */
function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `"${maskAddress(text)}" is not a URL with http or https; write the gateway's, such as http://127.0.0.1:8080`,
    );
  }
  return endpointOf(url, generatePath);
}

/** Returns a header of the command line without its value, which may be a secret, but with the name of a variable. */
function withoutValue(line: string): string {
  return /^[^:=]*[:=]\s*env:\w+$/.test(line) ? line : `${line.split(/[:=]/)[0] ?? ''}: …`;
}
