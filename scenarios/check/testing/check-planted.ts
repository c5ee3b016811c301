import { usualTrust } from '../../load/target/trust.ts';
import { startAgentBelow } from '../agent-below.ts';
import { checkGateway } from '../check-gateway.ts';
import { numbersSchema } from '../numbers.ts';
import { listProbes } from '../probes.ts';
import { startPlantedGateway } from './planted-gateway.ts';

/** Short, so that a check of everything takes seconds. */
const shortNumbers = numbersSchema.parse({ pingIntervalMs: 1500, streamLimitMs: 20_000 });

/**
 * Checks a gateway with a planted defect; returns the clauses that depart, and those that cannot be judged.
 * @param chosen which clauses to check
 */
export async function checkPlanted(
  defect: string | undefined,
  chosen: (id: string) => boolean,
): Promise<{ departed: string[]; notTestable: string[] }> {
  const probes = listProbes(shortNumbers);
  const agent = await startAgentBelow(probes, { host: '127.0.0.1', port: 0 });
  const gateway = await startPlantedGateway(agent.address, shortNumbers, defect);
  try {
    const results = await checkGateway({
      gateway: {
        url: new URL(gateway.url),
        headers: { authorization: 'Bearer check' },
        trust: usualTrust,
      },
      agent,
      probes,
      numbers: shortNumbers,
      chosen,
      signal: AbortSignal.timeout(120_000),
    });
    const idsOf = (is: 'departed' | 'not testable') =>
      results.filter(({ judgement }) => judgement?.is === is).map(({ clause }) => clause.id);
    return { departed: idsOf('departed'), notTestable: idsOf('not testable') };
  } finally {
    await gateway.close();
    await agent.close();
  }
}
