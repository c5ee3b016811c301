import { credentials, status, type ServiceError } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient } from '../../proto/agent-service.ts';
import { behaviourSchema } from '../plan/behaviour.ts';
import { startMockAgent } from '../server.ts';

async function startAgent(behaviour: object, planLimitBytes: number) {
  const agent = await startMockAgent({
    scenarios: [{ name: 'a', behaviour: behaviourSchema.parse(behaviour), cases: [], seed: 1 }],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
    planLimitBytes,
  });
  const client = new AgentServiceClient(agent.address, credentials.createInsecure());
  onTestFinished(() => agent.close());
  onTestFinished(() => client.close());
  let opened = 0;
  const open = () => {
    opened += 1;
    const call = client.generateTextStream({ prompt: `${opened}`, model: 'm' });
    const refusal = new Promise<ServiceError | null>((resolve) => {
      call.once('metadata', () => resolve(null));
      call.on('error', resolve);
    });
    call.pause();
    return { call, refusal };
  };
  return { agent, open };
}

test('streams beyond the memory limit of plans are refused until others end', async () => {
  const behaviour = { text: { generate: { language: 'en', chars: 5000 } }, firstToken: '10m' };
  const { agent, open } = await startAgent(behaviour, 30_000);
  const calls = [];
  let refusal: ServiceError | null = null;
  while (refusal === null && calls.length < 20) {
    const opening = open();
    refusal = await opening.refusal;
    if (refusal === null) calls.push(opening.call);
  }
  expect(calls.length).toBeGreaterThan(1);
  expect(calls.length).toBeLessThan(7);
  expect(refusal).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: `the plans of ${calls.length} open streams have reached the agent's limit of 30000 bytes; read or end some of them, or ask for shorter texts`,
  });
  for (const call of calls) call.cancel();
  await expect.poll(() => agent.stats().streamsOpen).toBe(0);
  expect(await open().refusal).toBeNull();
});

test('a text that streams share does not count', async () => {
  const behaviour = {
    text: { given: 'All of them say this. '.repeat(1000) },
    firstToken: '10m',
    tokenChars: { min: 100, max: 100 },
    chunkChars: 1000,
    faults: [{ hugeChunk: { at: 'start', chars: 1_000_000 } }],
  };
  const { open } = await startAgent(behaviour, 30_000);
  const refusals = await Promise.all(Array.from({ length: 30 }, () => open().refusal));
  expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
});
