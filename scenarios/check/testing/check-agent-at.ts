import { checkAgent } from '../agent/check-agent.ts';
import type { AgentTlsFlags } from '../../flags/agent-tls-flags.ts';
import { numbersSchema } from '../numbers.ts';

interface AgentFacts {
  failingPrompt?: string;
  failingText?: string;
  tls?: AgentTlsFlags;
  chosen(id: string): boolean;
}

/** Checks an agent; returns the clauses that depart, and those that cannot be judged. */
export async function checkAgentAt(
  address: string,
  facts: AgentFacts,
): Promise<{ departed: string[]; notTestable: string[] }> {
  const results = await checkAgent({
    address,
    ...facts,
    numbers: numbersSchema.parse({}),
    signal: AbortSignal.timeout(110_000),
  });
  const idsOf = (is: 'departed' | 'not testable') =>
    results.filter(({ judgement }) => judgement?.is === is).map(({ clause }) => clause.id);
  return { departed: idsOf('departed'), notTestable: idsOf('not testable') };
}
