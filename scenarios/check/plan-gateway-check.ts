import { generatePath } from '../../proto/interface.ts';
import { checkGateway } from './check-gateway.ts';
import { clauses } from './clauses/index.ts';
import { planBetween, type GatewayFlags } from './plan-between.ts';
import type { PlannedCheck } from './planned-check.ts';
import { listProbes } from './probes.ts';

/**
 * Plans the check of a gateway that implements the specification.
 * @param numberFlags the flags of the numbers that are not the specified ones
 */
export function planGatewayCheck(
  flags: GatewayFlags,
  numberFlags: readonly string[],
): PlannedCheck {
  const probes = listProbes(flags.numbers);
  return planBetween(flags, {
    clauses,
    probes,
    path: generatePath,
    flags: numberFlags,
    startBelow: async ({ address }) => ({
      environment: { AGENT: address },
      words: `${address} as its agent`,
      close: async () => {},
    }),
    inFormat: (gateway) => gateway,
    check: (gateway, agent, options) => checkGateway({ ...options, gateway, agent, probes }),
  });
}
