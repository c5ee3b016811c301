import { pino } from 'pino';

import { generatePath } from '../../../proto/interface.ts';
import { createJournal, type JournalEntry } from '../../control/journal.ts';
import { startGateway } from '../../../gateway/server.ts';
import { startMockAgent } from '../../../mock-agent/server.ts';
import type { Scenario } from '../../file/scenario.ts';

/** Streams run so many times faster, and so do pings. */
const usualSpeed = 25;

/** In place of two minutes, and a client's own limits: far enough apart for a machine that is busy. */
export const streamLimitMs = 10_000;
export const clientLimits = { firstChunkTimeoutMs: 4000, idleTimeoutMs: 3000 };

/** An agent and a gateway of one's own, fast enough to see a stream reach its limit; the first scenario answers. */
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
      // However busy this machine is: a fault of the wire has to be known before a stream is open.
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
