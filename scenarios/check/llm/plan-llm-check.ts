import type { DialectName } from '../../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../../proto/dialects/index.ts';
import { planBetween, type GatewayFlags } from '../plan-between.ts';
import type { PlannedCheck } from '../planned-check.ts';
import { checkLlm, inDialect } from './check-llm.ts';
import { llmClauses } from './llm-clauses.ts';
import { listLlmProbes } from './llm-probes.ts';
import { startProviderBelow } from './provider-below.ts';

interface LlmFlags extends GatewayFlags {
  /** The format of the clients. */
  dialect: DialectName;
  /** The format in which the gateway calls its model; undefined for the specified agent (A5). */
  upstreamDialect: DialectName | undefined;
  /** Where the provider listens that we stand in for. */
  upstreamPort: number;
}

/** Plans the check of a gateway for clients of a dialect. */
export function planLlmCheck(given: LlmFlags): PlannedCheck {
  const { dialect, upstreamDialect, upstreamPort, host } = given;
  const hasProvider = upstreamDialect !== undefined;
  const probes = listLlmProbes(hasProvider);
  const { dialect: format, path } = dialectNamed(dialect);
  // Nobody but the provider calls our agent.
  const agentPort = hasProvider ? 0 : given.agentPort;
  return planBetween(
    { ...given, agentPort },
    {
      clauses: llmClauses(format, hasProvider),
      probes,
      path,
      flags: [
        `--dialect ${dialect}`,
        ...(hasProvider
          ? [`--upstream-dialect ${upstreamDialect}`, `--upstream-port ${upstreamPort}`]
          : []),
      ],
      async startBelow({ address }) {
        if (!hasProvider) {
          return {
            environment: { AGENT: address },
            words: `${address} as its agent`,
            close: async () => {},
          };
        }
        const provider = await startProviderBelow(address, { host, port: upstreamPort });
        const { path: upstreamPath } = dialectNamed(upstreamDialect);
        return {
          environment: { UPSTREAM: provider.url },
          words: `${provider.url + upstreamPath} as its model`,
          close: provider.close,
        };
      },
      inFormat: (gateway) => inDialect(gateway, dialect),
      check: (gateway, agent, options) =>
        checkLlm({ ...options, gateway, agent, dialect, probes, hasProvider }),
    },
  );
}
