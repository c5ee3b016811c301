import { endpointOf } from '../../proto/interface.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { attempt, readAll } from '../console/read-all.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { defaultAgentHost } from '../flags/middle-options.ts';
import { readTrust, type TrustFlags } from '../flags/trust-flags.ts';
import { acceptsAny } from '../load/target/trust.ts';
import { readHeaders } from '../load/headers.ts';
import { startAgentBelow, type AgentBelow } from './agent-below.ts';
import type { CheckOptions, ClauseResult } from './check-subject.ts';
import type { ClauseFacts } from './clause.ts';
import type { Gateway } from './client-above.ts';
import type { Numbers } from './numbers.ts';
import {
  portPlace,
  startGatewayCommand,
  withSomePort,
} from '../processes/start-gateway-command.ts';
import { quoteForShell, withServer, type PlannedCheck } from './planned-check.ts';
import type { Probe } from './probe.ts';
import { reachGateway } from './reach-gateway.ts';

/** What a command line says of a gateway. */
export interface GatewayFlags {
  /** As it was typed. */
  url: string;
  /** Where our agent listens. */
  host: string;
  agentPort: number;
  start: string | undefined;
  header: readonly string[];
  trust: TrustFlags;
  numbers: Numbers;
}

/** What stands below a gateway, and what is asked of it. */
export interface Between {
  clauses: readonly ClauseFacts[];
  probes: Readonly<Record<string, Probe>> & { story: Probe };
  /** Of the interface, for a URL without one. */
  path: string;
  /** The flags that repeat the check, beside those of every gateway. */
  flags: readonly string[];
  /** Starts what the gateway calls, before our agent. */
  startBelow(agent: AgentBelow): Promise<Below>;
  /** Returns the gateway with the requests of its format. */
  inFormat(gateway: Gateway): Gateway;
  check(gateway: Gateway, agent: AgentBelow, options: CheckOptions): Promise<ClauseResult[]>;
}

/** What a gateway calls. */
interface Below {
  /** Where the command of `--start` finds its address. */
  environment: Readonly<Record<string, string>>;
  /** What the gateway has to be started with, in words. */
  words: string;
  close(): Promise<void>;
}

/** Plans the check of a gateway between our agent and our client. */
export function planBetween(
  { url: text, host, agentPort, start, header, trust: trustFlags, numbers }: GatewayFlags,
  { clauses, probes, path, flags, startBelow, inFormat, check }: Between,
): PlannedCheck {
  const readFixedUrl = (): URL => {
    if (start === undefined && text.includes(portPlace)) {
      throw new RehearsalError(
        'usage',
        `${portPlace} stands for the port of a gateway that --start starts; add --start 'COMMAND', or write the port`,
      );
    }
    return readUrl(start === undefined ? text : withSomePort(text), path);
  };
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
      ...(trustFlags.ca === undefined ? [] : [`--ca ${quoteForShell(trustFlags.ca)}`]),
      ...(trustFlags.insecure === true ? ['--insecure'] : []),
      ...flags,
    ].join(' '),
    async read() {
      const [fixedUrl, ownHeaders, trust] = await readAll([
        attempt(readFixedUrl),
        attempt(() => readHeaders([...header])),
        attempt(() => readTrust(trustFlags)),
      ]);
      const headers = { authorization: 'Bearer check', ...ownHeaders };
      const run = async (options: CheckOptions) => {
        const agent = await startAgentBelow(probes, { host, port: agentPort });
        let below: Below | undefined;
        try {
          const { environment, words } = (below = await startBelow(agent));
          const startIt =
            start === undefined
              ? undefined
              : (signal: AbortSignal) => startGatewayCommand(start, text, { environment, signal });
          return await withServer(startIt, options.signal, async (signal, server) => {
            const url = server === undefined ? fixedUrl : readUrl(server.url, path);
            const gateway = inFormat({ url, headers, trust });
            await reachGateway(probes.story, { gateway, agent, below: words, signal });
            const results = await check(gateway, agent, { ...options, signal });
            return {
              subject: maskAddress(url.href),
              insecure: acceptsAny(url.href, trust),
              results,
            };
          });
        } finally {
          await below?.close();
          await agent.close();
        }
      };
      return { run };
    },
  };
}

/** @throws RehearsalError (usage) for a text that is not a URL with http or https */
function readUrl(text: string, path: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `"${maskAddress(text)}" is not a URL with http or https; write the gateway's, such as http://127.0.0.1:8080`,
    );
  }
  return endpointOf(url, path);
}

/** Returns a header of the command line without its value, which may be a secret, but with the name of a variable. */
function withoutValue(line: string): string {
  return /^[^:=]*[:=]\s*env:\w+$/.test(line) ? line : `${line.split(/[:=]/)[0] ?? ''}: …`;
}
