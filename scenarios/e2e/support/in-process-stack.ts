import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { startGateway } from '../../../gateway/server.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { casesSchema } from '../../../mock-agent/plan/cases.ts';
import { startMockAgent, type MockAgentOptions } from '../../../mock-agent/server.ts';

/** Starts agent and gateway in this process on free ports, until the test ends or closes them. */
export async function startInProcess(
  behaviour: unknown,
  gatewayOptions = {},
  cases: unknown = [],
  agentOptions: Partial<MockAgentOptions> = {},
) {
  const log = pino({ level: 'silent' });
  const agent = await startMockAgent({
    scenarios: [
      {
        name: 'test',
        behaviour: behaviourSchema.parse(behaviour),
        cases: casesSchema.parse(cases),
        seed: 1,
      },
    ],
    seed: 1,
    host: '127.0.0.1',
    port: 0,
    log,
    ...agentOptions,
  });
  const gateway = await startGateway(
    { port: 0, agentAddress: agent.address, closeGraceMs: 500, ...gatewayOptions },
    log,
  );
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= gateway.close().then(() => agent.close()));
  onTestFinished(close);
  return { agent, gateway, endpoint: gateway.url + generatePath, close };
}
