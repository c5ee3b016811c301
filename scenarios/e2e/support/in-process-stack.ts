import { pino } from 'pino';
import { afterEach } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { startGateway } from '../../../gateway/server.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { startMockAgent } from '../../../mock-agent/server.ts';

const closers: (() => Promise<void>)[] = [];

async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close();
}

afterEach(closeAll);

/** Agent and gateway in this process, on free ports, until the test is over or has closed them. */
export async function startInProcess(behaviour: unknown, gatewayOptions = {}) {
  const log = pino({ level: 'silent' });
  const agent = await startMockAgent({
    scenarios: [{ name: 'test', behaviour: behaviourSchema.parse(behaviour), cases: [], seed: 1 }],
    seed: 1,
    host: '127.0.0.1',
    port: 0,
    log,
  });
  closers.push(() => agent.close());
  const gateway = await startGateway(
    { port: 0, agentAddress: agent.address, closeGraceMs: 500, ...gatewayOptions },
    log,
  );
  closers.push(() => gateway.close());
  return { agent, gateway, endpoint: gateway.url + generatePath, close: closeAll };
}
