import { credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient, type StreamChunk } from '../proto/agent-service.ts';
import { behaviourSchema } from './plan/behaviour.ts';
import { startMockAgent } from './server.ts';

/** Starts an agent with a fault on every stream of aa, bb, cc, 10 ms apart, and an empty final chunk. */
async function startFaulty(fault: unknown) {
  const behaviour = (faults: unknown[]) =>
    behaviourSchema.parse({
      text: { given: 'aabbcc' },
      firstToken: '20ms',
      interToken: '10ms',
      tokenChars: { min: 2, max: 2 },
      chunkChars: 2,
      faults,
    });
  const agent = await startMockAgent({
    scenarios: [
      { name: 'faulty', behaviour: behaviour([fault]), cases: [], seed: 1 },
      { name: 'healthy', behaviour: behaviour([]), cases: [], seed: 1 },
    ],
    seed: 1,
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => agent.close());
  const client = new AgentServiceClient(agent.address, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 100,
  });
  onTestFinished(() => client.close());
  return { agent, client };
}

interface ReadStream {
  /** Each chunk as its text, `!` if final, and its error. */
  chunks: string[];
  accepted: boolean;
  end: string;
}

function read(
  client: InstanceType<typeof AgentServiceClient>,
  scenario = 'faulty',
  limitMs = 10_000,
): Promise<ReadStream> {
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', scenario);
  const deadline = Date.now() + limitMs;
  const call = client.generateTextStream({ prompt: 'a', model: 'm' }, metadata, { deadline });
  const stream: ReadStream = { chunks: [], accepted: false, end: '' };
  call.on('metadata', () => {
    stream.accepted = true;
  });
  call.on('data', ({ delta, isFinal, error }: StreamChunk) => {
    stream.chunks.push(`${delta}${isFinal ? '!' : ''}${error}`);
  });
  return new Promise((resolve) => {
    call.on('error', (error: ServiceError) =>
      resolve({ ...stream, end: status[error.code] ?? '' }),
    );
    call.on('end', () => setImmediate(() => resolve({ ...stream, end: 'OK' })));
  });
}

test.each<[string, unknown, Partial<ReadStream>]>([
  [
    'refuse',
    { refuse: { status: 'RESOURCE_EXHAUSTED' } },
    { chunks: [], accepted: false, end: 'RESOURCE_EXHAUSTED' },
  ],
  ['slowAccept', { slowAccept: { for: '50ms' } }, { chunks: ['aa', 'bb', 'cc', '!'], end: 'OK' }],
  [
    'errorStatus',
    { errorStatus: { at: { chunks: 2 }, status: 'DATA_LOSS' } },
    { chunks: ['aa', 'bb'], end: 'DATA_LOSS' },
  ],
  [
    'errorField',
    { errorField: { at: { chunks: 1 }, message: 'boom' } },
    { chunks: ['aa', 'boom'], end: 'OK' },
  ],
  [
    'stall',
    { stall: { at: { chunks: 1 }, for: '100ms' } },
    { chunks: ['aa', 'bb', 'cc', '!'], end: 'OK' },
  ],
  [
    'trickle',
    { trickle: { interval: '1ms' } },
    { chunks: ['a', 'a', 'b', 'b', 'c', 'c', '!'], end: 'OK' },
  ],
  ['burst', { burst: {} }, { chunks: ['aa', 'bb', 'cc', '!'], end: 'OK' }],
  ['noFinal', { noFinal: {} }, { chunks: ['aa', 'bb', 'cc'], end: 'OK' }],
  ['finalTwice', { finalTwice: {} }, { chunks: ['aa', 'bb', 'cc', '!', '!'], end: 'OK' }],
  [
    'textAfterFinal',
    { textAfterFinal: { text: 'x' } },
    { chunks: ['aa', 'bb', 'cc', '!', 'x'], end: 'OK' },
  ],
  [
    'emptyChunks',
    { emptyChunks: { at: 'start', count: 2 } },
    { chunks: ['', '', 'aa', 'bb', 'cc', '!'], end: 'OK' },
  ],
  [
    'hugeChunk',
    { hugeChunk: { at: 'end', chars: 100_000 } },
    { chunks: ['aa', 'bb', 'cc', 'x'.repeat(100_000), '!'], end: 'OK' },
  ],
  ['crash', { crash: { at: { chunks: 2 } } }, { chunks: ['aa', 'bb'], end: 'UNAVAILABLE' }],
])('%s reaches a gRPC client', async (_, fault, expected) => {
  const { agent, client } = await startFaulty(fault);
  expect(await read(client)).toMatchObject(expected);
  await expect.poll(() => agent.stats().streamsOpen).toBe(0);
});

test('silence keeps the call open until the client’s deadline', async () => {
  const readFor = async (limitMs: number) => {
    const { agent, client } = await startFaulty({ silence: { at: { chunks: 1 } } });
    return { agent, stream: await read(client, 'faulty', limitMs) };
  };
  const first = await readFor(300);
  // A busy machine needs a longer deadline.
  const { agent, stream } = first.stream.chunks.length > 0 ? first : await readFor(10_000);
  expect(stream).toMatchObject({ chunks: ['aa'], accepted: true, end: 'DEADLINE_EXCEEDED' });
  await expect.poll(() => agent.stats()).toMatchObject({ streamsOpen: 0, streamsCancelled: 1 });
});

test('an agent that is down refuses connections, then listens again at the same address', async () => {
  const { client } = await startFaulty({ down: { at: { chunks: 1 }, for: '2s' } });
  const first = await read(client);
  expect(first).toMatchObject({ chunks: ['aa'] });
  expect(first.end).not.toBe('OK');
  expect(await read(client, 'healthy')).toMatchObject({ chunks: [], end: 'UNAVAILABLE' });
  await expect
    .poll(() => read(client, 'healthy'))
    .toMatchObject({ chunks: ['aa', 'bb', 'cc', '!'], end: 'OK' });
});

test('a crash ends every other call on its connection', async () => {
  const { client } = await startFaulty({ crash: { at: 'end' } });
  const slow = read(client, 'healthy');
  expect((await read(client)).end).toBe('UNAVAILABLE');
  await slow;
  expect(await read(client, 'healthy')).toMatchObject({ end: 'OK' });
});
