import { Metadata } from '@grpc/grpc-js';
import { pino } from 'pino';

import { createAgentClient, type AgentClient } from '../../gateway/agent/agent-client.ts';
import { specifiedInterface } from '../../gateway/agent/agent-interface.ts';
import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { startMockAgent } from '../../mock-agent/server.ts';

/** One for each language of generated text. More streams would only delay the start. */
const prompts = ['hello', '写一段500字的故事'];

/** Much longer than the warm-up takes; on a busy machine it is cut short. */
const limitMs = 1000;

/**
 * Plays streams through a temporary agent on a free loopback port, so that this process has loaded and
 * compiled the code of its first stream. The agent that starts afterwards shares no counters, log or keys
 * with it.
 */
export async function warmAgent(): Promise<void> {
  const agent = await startMockAgent({
    scenarios: [
      {
        name: 'warm-up',
        behaviour: behaviourSchema.parse({ speed: 'instant' }),
        cases: [],
        seed: 1,
      },
    ],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  const client = createAgentClient(agent.address, specifiedInterface);
  const limit = AbortSignal.timeout(limitMs);
  try {
    await Promise.all(prompts.map((prompt) => readStream(client, prompt, limit)));
  } catch {
    // Without the warm-up the first streams are only slower.
  } finally {
    client.close();
    await agent.close();
  }
}

async function readStream(client: AgentClient, prompt: string, limit: AbortSignal): Promise<void> {
  const call = client.generate({ prompt, model: 'warm-up', metadata: new Metadata() }, limitMs);
  await call.accepted(limitMs, limit);
  await new Promise<void>((resolve, reject) => {
    call.read({ chunk: () => {}, ended: resolve, failed: reject });
  });
}
