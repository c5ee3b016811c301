import {
  Client,
  credentials,
  Metadata,
  status,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient, type StreamChunk } from '../proto/agent-service.ts';
import { behaviourSchema } from './plan/behaviour.ts';
import { planStream } from './plan/plan.ts';
import { defaultKey } from './prepare/resolve-request.ts';
import { startMockAgent, type MockAgent } from './server.ts';

const fast = behaviourSchema.parse({ firstToken: '5ms', interToken: '1ms' });
const endless = behaviourSchema.parse({ firstToken: '5ms', interToken: '20s' });
const huge = behaviourSchema.parse({
  text: { given: 'x'.repeat(1_000_000) },
  firstToken: '0ms',
  interToken: '0ms',
  tokenChars: { min: 100, max: 100 },
  chunkChars: 5000,
});

async function startAgent(): Promise<MockAgent> {
  const agent = await startMockAgent({
    scenarios: [
      { name: 'fast', behaviour: fast, cases: [], seed: 1 },
      { name: 'endless', behaviour: endless, cases: [], seed: 1 },
      { name: 'huge', behaviour: huge, cases: [], seed: 1 },
    ],
    seed: 42,
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => agent.close());
  return agent;
}

function connect(agent: MockAgent) {
  const client = new AgentServiceClient(agent.address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

interface Received {
  chunks: StreamChunk[];
  metadata: Record<string, unknown>;
  code: status;
  details: string;
}

/** Calls the agent and reads to the end of any kind. */
function receive(
  agent: MockAgent,
  request: { prompt: string; model: string },
  headers: Record<string, string> = {},
): Promise<Received> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const call = connect(agent).generateTextStream(request, metadata);
  const received: Received = { chunks: [], metadata: {}, code: status.OK, details: '' };
  call.on('metadata', (initial: Metadata) => {
    received.metadata = initial.getMap();
  });
  call.on('data', (chunk: StreamChunk) => received.chunks.push(chunk));
  return new Promise((resolve) => {
    call.on('error', (error: ServiceError) =>
      resolve({ ...received, code: error.code, details: error.details }),
    );
    call.on('end', () => {
      if (received.chunks.at(-1)?.isFinal === true) resolve(received);
    });
  });
}

const request = { prompt: 'hello', model: 'gpt-4' };

test('a stream sends the chunks of its plan and ends with OK', async () => {
  const agent = await startAgent();
  const { chunks } = await receive(agent, request);
  const plan = planStream(fast, 42, {
    scenario: 'fast',
    key: defaultKey({ prompt: 'hello', model: 'gpt-4' }, 1),
    ...request,
  });
  expect(chunks).toEqual(plan.chunks.map(({ delta, isFinal }) => ({ delta, isFinal, error: '' })));
});

test('the initial metadata contains what a request for the same stream needs', async () => {
  const agent = await startAgent();
  const first = await receive(agent, request);
  expect(first.metadata).toMatchObject({
    'x-rehearsal-scenario': 'fast',
    'x-rehearsal-key': defaultKey({ prompt: 'hello', model: 'gpt-4' }, 1),
    'x-rehearsal-seed': '42',
  });
  const again = await receive(agent, request, {
    'x-rehearsal-key': defaultKey({ prompt: 'hello', model: 'gpt-4' }, 1),
  });
  expect(again.chunks).toEqual(first.chunks);
});

test('the initial metadata arrives when the call is accepted, long before the first token', async () => {
  const agent = await startAgent();
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', 'endless');
  const call = connect(agent).generateTextStream(request, metadata);
  call.on('error', () => {});
  const initial = await new Promise<Metadata>((resolve) => call.once('metadata', resolve));
  expect(initial.get('x-rehearsal-scenario')).toEqual(['endless']);
  call.cancel();
});

test('the same key gives the same stream, alone and among 200 others', async () => {
  const agent = await startAgent();
  const alone = await receive(agent, request, { 'x-rehearsal-key': 'k-7' });
  const crowd = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      receive(agent, request, { 'x-rehearsal-key': `k-${index}` }),
    ),
  );
  expect(crowd[7]?.chunks).toEqual(alone.chunks);
});

test('a busy agent slows down only the streams of scenarios with slowing', async () => {
  const steady = { text: { given: 'abc' }, firstToken: '60ms', interToken: '0ms' };
  const agent = await startMockAgent({
    scenarios: [
      { name: 'endless', behaviour: endless, cases: [], seed: 1 },
      {
        name: 'slowing',
        behaviour: behaviourSchema.parse({ ...steady, slowing: { above: 1, perStream: '100%' } }),
        cases: [],
        seed: 1,
      },
    ],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => agent.close());
  const others = [receive(agent, request), receive(agent, request)];
  await expect.poll(() => agent.stats().streamsOpen).toBe(2);
  const startMs = performance.now();
  const { chunks } = await receive(agent, request, { 'x-rehearsal-scenario': 'slowing' });
  // With two others in flight all times triple, and no chunk is early.
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(179);
  expect(chunks.map(({ delta }) => delta).join('')).toBe('abc');
  expect(agent.stats().lateness?.count).toBe(chunks.length);
  await agent.close();
  await Promise.all(others);
});

test('a cancelled call stops its play at once and is counted', async () => {
  const agent = await startAgent();
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', 'endless');
  const call = connect(agent).generateTextStream(request, metadata);
  const ended = new Promise((resolve) => call.on('error', resolve));
  await new Promise((resolve) => call.once('metadata', resolve));
  call.cancel();
  await ended;
  await expect.poll(() => agent.stats()).toMatchObject({ streamsOpen: 0, streamsCancelled: 1 });
});

test('a client that stops reading pauses the agent and loses nothing', async () => {
  const agent = await startAgent();
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', 'huge');
  const client = connect(agent);
  const calls = Array.from({ length: 2 }, () => client.generateTextStream(request, metadata));
  // grpc-js applies back-pressure only after reading has started.
  const firsts = await Promise.all(
    calls.map(
      (call) =>
        new Promise<StreamChunk>((resolve) => {
          call.once('data', (chunk: StreamChunk) => {
            call.pause();
            resolve(chunk);
          });
        }),
    ),
  );
  // Longer than the complete stream takes without back-pressure.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(agent.stats().chunksSent).toBeLessThan(calls.length * 200);
  const lengths = await Promise.all(
    calls.map(async (call, index) => {
      let length = firsts[index]?.delta.length ?? 0;
      for await (const chunk of call) length += (chunk as StreamChunk).delta.length;
      return length;
    }),
  );
  expect(lengths).toEqual(calls.map(() => 1_000_000));
  expect(agent.stats().chunksSent).toBe(calls.length * 201);
});

test('a deadline ends the play', async () => {
  const agent = await startAgent();
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', 'endless');
  const call = connect(agent).generateTextStream(request, metadata, { deadline: Date.now() + 100 });
  const error = await new Promise<ServiceError>((resolve) => call.on('error', resolve));
  expect(error.code).toBe(status.DEADLINE_EXCEEDED);
  await expect.poll(() => agent.stats().streamsOpen).toBe(0);
});

test('an invalid request is refused with the reason', async () => {
  const agent = await startAgent();
  expect(await receive(agent, { prompt: '', model: 'm' })).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: 'prompt: must not be empty',
  });
  expect(await receive(agent, request, { 'x-rehearsal-scenario': 'nope' })).toMatchObject({
    code: status.NOT_FOUND,
  });
});

test('closing ends every stream with UNAVAILABLE', async () => {
  const agent = await startAgent();
  const running = receive(agent, request, { 'x-rehearsal-scenario': 'endless' });
  await expect.poll(() => agent.stats().streamsOpen).toBe(1);
  await agent.close();
  expect(await running).toMatchObject({
    code: status.UNAVAILABLE,
    details: 'the agent is shutting down',
  });
});

/** A copy of the specification (A5), so that changes to our proto file do not affect it. */
const fiveFields: Parameters<typeof fromJSON>[0] = {
  nested: {
    'ai.agent.v1': {
      nested: {
        GenerateRequest: {
          fields: { prompt: { type: 'string', id: 1 }, model: { type: 'string', id: 2 } },
        },
        StreamChunk: {
          fields: {
            delta: { type: 'string', id: 1 },
            isFinal: { type: 'bool', id: 2 },
            error: { type: 'string', id: 3 },
          },
        },
        AIAgentService: {
          methods: {
            GenerateTextStream: {
              requestType: 'GenerateRequest',
              responseType: 'StreamChunk',
              responseStream: true,
              comment: '',
            },
          },
        },
      },
    },
  },
};

test('a client that knows only the five fields of A5 can read a stream', async () => {
  const agent = await startAgent();
  const definition = fromJSON(fiveFields);
  const service = definition['ai.agent.v1.AIAgentService'] as ServiceDefinition;
  const method = service['GenerateTextStream'];
  if (method === undefined) throw new Error('the definition lost its method');
  const client = new Client(agent.address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const call = client.makeServerStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    { prompt: 'hello', model: 'gpt-4' },
  );
  const chunks: { delta?: string; isFinal?: boolean }[] = [];
  for await (const chunk of call) chunks.push(chunk);
  const { text } = planStream(fast, 42, {
    scenario: 'fast',
    key: defaultKey({ prompt: 'hello', model: 'gpt-4' }, 1),
    ...request,
  });
  expect(chunks.map((chunk) => chunk.delta ?? '').join('')).toBe(text);
  expect(chunks.filter((chunk) => chunk.isFinal)).toEqual([chunks.at(-1)]);
});
