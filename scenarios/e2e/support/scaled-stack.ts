import { pino } from 'pino';

import { generatePath } from '../../../proto/interface.ts';
import { createJournal, type JournalEntry } from '../../control/journal.ts';
import { startGateway } from '../../../gateway/server.ts';
import { startMockAgent } from '../../../mock-agent/server.ts';
import type { Scenario } from '../../file/scenario.ts';

/** Streams and pings run this many times faster. */
const usualSpeed = 25;

/** Replaces the two minutes. It is far enough from the client's limits for a busy machine. */
export const streamLimitMs = 10_000;
export const clientLimits = { firstChunkTimeoutMs: 4000, idleTimeoutMs: 3000 };

/**
 * Starts an agent and a gateway that are fast enough for streams to reach their limit. The first scenario is
 * the default.
 */
export async function startScaled(
  scenarios: readonly Scenario[],
  speed = usualSpeed,
): Promise<{
  url: string;
  endpoint: string;
  requests(): JournalEntry[];
  close(): Promise<void>;
}> {
  const log = pino({ level: 'silent' });
  const fast = scenarios.map((scenario) => ({
    ...scenario,
    behaviour: { ...scenario.behaviour, speed },
    cases: scenario.cases.map((each) => ({ ...each, behaviour: { ...each.behaviour, speed } })),
  }));
  const agent = await startMockAgent({ scenarios: fast, host: '127.0.0.1', port: 0, log });
  const journal = createJournal();
  const gateway = await startGateway(
    {
      port: 0,
      agentAddress: agent.address,
      wireFaults: true,
      // Long enough on a busy machine: a wire fault has to be known before a stream opens.
      acceptWaitMs: 10_000,
      pingIntervalMs: 15_000 / usualSpeed,
      streamLimitMs,
      closeGraceMs: 500,
    },
    log,
    { observers: [journal.observer] },
  );
  return {
    url: gateway.url,
    endpoint: gateway.url + generatePath,
    requests: () => journal.entries(),
    async close() {
      await gateway.close();
      await agent.close();
    },
  };
}
