import { pino } from 'pino';

import { generatePath } from '../../gateway/app.ts';
import { createJournal, type JournalEntry } from '../../gateway/journal.ts';
import { startGateway } from '../../gateway/server.ts';
import { startMockAgent } from '../../mock-agent/server.ts';
import type { Scenario } from '../scenario.ts';

/** Streams run so many times faster, and so do pings and the longest life of a stream. */
export const speed = 25;

export const streamLimitMs = 120_000 / speed;

/** An agent and a gateway of one's own, fast enough to see two minutes go by; the first scenario answers. */
export async function startScaled(scenarios: readonly Scenario[]): Promise<{
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
      // However busy this machine is: a fault of the wire has to be known before a stream is open.
      acceptWaitMs: 10_000,
      pingIntervalMs: 15_000 / speed,
      streamLimitMs,
      closeGraceMs: 500,
    },
    log,
    { journal },
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
