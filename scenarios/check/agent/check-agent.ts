import { monitorEventLoopDelay } from 'node:perf_hooks';

import { pino } from 'pino';

import { usualTrust } from '../../load/target/trust.ts';
import { startGateway } from '../../../gateway/server.ts';
import { endpointOf, generatePath } from '../../../proto/interface.ts';
import { RehearsalError } from '../../console/rehearsal-error.ts';
import { readAgentTls, type AgentTlsFlags } from '../../flags/agent-tls-flags.ts';
import { checkSubject, type CheckOptions, type ClauseResult } from '../check-subject.ts';
import { openBareClient } from './bare-client.ts';
import { listAgentClauses } from './clauses/index.ts';
import { agentProbes, type AgentProbeName } from './probes.ts';
import { reachAgent } from './reach-agent.ts';
import type { AgentSight } from './seen.ts';
import type { AgentSetting, ProbeSight } from './setting.ts';

interface AgentCheck extends CheckOptions {
  /** `host:port`, `[ipv6]:port` or `unix:path`. */
  address: string;
  /** How it is reached over TLS. */
  tls?: AgentTlsFlags | undefined;
  /** A prompt that makes the agent fail. */
  failingPrompt?: string | undefined;
  /** The text that the agent generates before it fails. */
  failingText?: string | undefined;
}

/** How long gRPC may take to connect to an agent that answers. */
const reachLimitMs = 10_000;

/** Resolution of the measurement of our own lateness. */
const resolutionMs = 10;

/**
 * Runs the probes of the chosen clauses against an agent, by itself and below our gateway, and judges what was
 * seen.
 * @throws RehearsalError (usage) if no gRPC server is there, or if it cannot be reached over TLS
 * @throws the signal's reason
 */
export async function checkAgent({
  address,
  tls = {},
  failingPrompt,
  failingText,
  ...options
}: AgentCheck): Promise<ClauseResult[]> {
  const { signal, numbers } = options;
  const place = { address, access: readAgentTls(tls) };
  await reachAgent(place, signal);
  const client = openBareClient(place);
  if (!(await client.isReachable(reachLimitMs))) {
    client.close();
    throw new RehearsalError('usage', `${address} does not accept a gRPC connection`);
  }
  const gateway = await startGateway(
    { port: 0, agentAddress: address, ...tls, streamLimitMs: numbers.streamLimitMs },
    pino({ level: 'silent' }),
  );
  const setting: AgentSetting = {
    place,
    client,
    gateway: {
      url: endpointOf(new URL(gateway.url), generatePath),
      headers: {},
      trust: usualTrust,
    },
    failingPrompt,
    limitMs: numbers.streamLimitMs,
    signal,
  };
  try {
    return await checkSubject<AgentProbeName, AgentSight>(
      {
        clauses: listAgentClauses({ failingText }),
        probes: agentProbes,
        probe: (name) => runAgentProbe(name, setting),
        latenessOf: ({ ownLatenessMs }) => ownLatenessMs,
        timed: new Set(['B4', 'C5', 'E3']),
        dependsOnUs: new Set(['E3']),
      },
      options,
    );
  } finally {
    await gateway.close();
    client.close();
  }
}

async function runAgentProbe(name: AgentProbeName, setting: AgentSetting): Promise<AgentSight> {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  try {
    const sight: ProbeSight = await agentProbes[name].run(setting);
    const { calls = [], frames = [], ...others } = sight;
    const ownLatenessMs = Math.max(0, delay.max / 1e6 - resolutionMs);
    return { ...others, calls, frames, ownLatenessMs };
  } finally {
    delay.disable();
  }
}
