import type { AgentBelow } from './agent-below.ts';
import { checkSubject, type CheckOptions, type ClauseResult } from './check-subject.ts';
import type { Gateway } from './client-above.ts';
import { clauses } from './clauses/index.ts';
import type { Probe } from './probe.ts';
import type { ProbeName } from './probes.ts';
import { runProbe } from './run-probe.ts';

interface GatewayCheck extends CheckOptions {
  gateway: Gateway;
  agent: AgentBelow;
  probes: Readonly<Record<ProbeName, Probe>>;
}

/**
 * Runs the probes of the chosen clauses against a gateway and judges what was seen.
 * @throws the signal's reason
 */
export function checkGateway({
  gateway,
  agent,
  probes,
  ...options
}: GatewayCheck): Promise<ClauseResult[]> {
  const { signal } = options;
  return checkSubject(
    {
      clauses,
      probes,
      probe: (name, run) => runProbe(name, probes[name], { gateway, agent, run, signal }),
      latenessOf: (seen) => Math.max(0, ...seen.map(({ ownLatenessMs }) => ownLatenessMs)),
      timed: new Set(['B4', 'D2', 'D2-reading', 'D3', 'E3']),
      dependsOnUs: new Set(['D2-reading', 'E3']),
    },
    options,
  );
}
