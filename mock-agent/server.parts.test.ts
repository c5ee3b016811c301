import { credentials, Metadata } from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';

import {
  AgentServiceClient,
  type GenerateRequest,
  type StreamChunk,
} from '../proto/agent-service.ts';
import { buildAnswer } from '../proto/dialects/answer.ts';
import { behaviourSchema } from './plan/behaviour.ts';
import { planStream } from './plan/plan.ts';
import { startMockAgent } from './server.ts';

const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const request: GenerateRequest = {
  prompt: 'hello',
  model: 'gpt-4',
  messages: [{ role: 'user', content: 'hello', toolCalls: [], toolCallId: '' }],
  tools: [
    {
      name: 'find',
      description: '',
      parameters: '{"type":"object","properties":{"a":{"const":7}},"required":["a"]}',
    },
  ],
};

async function receive(behaviour: object): Promise<StreamChunk[]> {
  const agent = await startMockAgent({
    scenarios: [{ name: 's', behaviour: behaviourSchema.parse(behaviour), cases: [], seed: 1 }],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  closers.push(() => agent.close());
  const client = new AgentServiceClient(agent.address, credentials.createInsecure());
  closers.push(() => client.close());
  const metadata = new Metadata();
  metadata.set('x-rehearsal-key', 'k');
  const chunks: StreamChunk[] = [];
  for await (const chunk of client.generateTextStream(request, metadata)) chunks.push(chunk);
  return chunks;
}

const behaviour = {
  firstToken: '5ms',
  interToken: '1ms',
  reasoning: { generate: { chars: 40 } },
  text: { given: 'Let me see.' },
  toolCalls: [{}],
};

test('a stream carries the parts of its plan, for the conversation and the tools of its request', async () => {
  const chunks = await receive(behaviour);
  const address = { scenario: 's', key: 'k' };
  const planned = planStream(behaviourSchema.parse(behaviour), 1, { ...address, ...request });
  expect(chunks.map(({ delta, isFinal, parts }) => ({ delta, isFinal, parts }))).toEqual(
    planned.chunks.map(({ delta, isFinal, parts }) => ({ delta, isFinal, parts })),
  );
  const builder = buildAnswer();
  for (const chunk of chunks) builder.message(chunk);
  expect(builder.answer()).toMatchObject({
    text: 'Let me see.',
    toolCalls: [{ name: 'find', arguments: '{"a":7}' }],
    finishReason: 'tool-calls',
    isComplete: true,
  });
  expect(builder.answer().reasoning).toHaveLength(40);
});

test('a stream that is too large to be planned at once carries its parts as well', async () => {
  const reasoning = 'x'.repeat(20_000);
  const large = { ...behaviour, reasoning: { given: reasoning }, speed: 'instant' };
  const chunks = await receive(large);
  expect(chunks.map(({ parts }) => parts?.reasoning ?? '').join('')).toBe(reasoning);
  expect(chunks.at(-1)?.parts).toMatchObject({ finishReason: 'tool-calls' });
});
