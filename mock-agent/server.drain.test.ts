import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient, type StreamChunk } from '../proto/agent-service.ts';
import { behaviourSchema } from './plan/behaviour.ts';
import { startMockAgent } from './server.ts';

const behaviour = behaviourSchema.parse({
  text: { given: 'some words of an answer' },
  firstToken: '20ms',
  interToken: '100ms',
});

async function startAgent(connectionAgeMs?: number) {
  const agent = await startMockAgent({
    scenarios: [{ name: 'slow', behaviour, cases: [], seed: 1 }],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
    connectionAgeMs,
  });
  onTestFinished(() => agent.close());
  return agent;
}

function connect(address: string) {
  const client = new AgentServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

/** Starts a stream; resolves once its first chunk is there, with its end. */
function openStream(client: ReturnType<typeof connect>) {
  let text = '';
  const call = client.generateTextStream({ prompt: 'hi', model: 'm' }, new Metadata());
  const ended = new Promise<{ text: string; code: status }>((resolve) => {
    call.on('error', ({ code }: ServiceError) => resolve({ text, code }));
    call.on('end', () => resolve({ text, code: status.OK }));
  });
  return new Promise<{ ended: typeof ended }>((resolve) => {
    void ended.then(() => resolve({ ended }));
    call.on('data', ({ delta }: StreamChunk) => {
      text += delta;
      resolve({ ended });
    });
  });
}

/** Watches the health of a server, and collects what it reports. */
function watchHealth(address: string): string[] {
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const method = healthService['Watch'];
  if (method === undefined) throw new Error('the health service has no Watch');
  const reported: string[] = [];
  client
    .makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize as (bytes: Buffer) => { status: string },
      { service: '' },
      new Metadata(),
    )
    .on('data', (answer: { status: string }) => reported.push(answer.status))
    .on('error', () => {});
  return reported;
}

test('a draining agent reports NOT_SERVING, takes no new call, and plays open streams to their end', async () => {
  const agent = await startAgent();
  const client = connect(agent.address);
  const reported = watchHealth(agent.address);
  await expect.poll(() => reported).toEqual(['SERVING']);
  const { ended } = await openStream(client);
  const drained = agent.drain(60_000, new AbortController().signal);
  await expect.poll(() => reported).toEqual(['SERVING', 'NOT_SERVING']);
  const refused = await openStream(client);
  expect(await refused.ended).toMatchObject({ code: status.UNAVAILABLE, text: '' });
  expect(await Promise.race([drained, Promise.resolve('not drained')])).toBe('not drained');
  expect(await ended).toEqual({ code: status.OK, text: 'some words of an answer' });
  await drained;
});

test('a drain ends after its time, and when its signal aborts', async () => {
  const agent = await startAgent();
  const { ended } = await openStream(connect(agent.address));
  await agent.drain(10, new AbortController().signal);
  await agent.drain(60_000, AbortSignal.abort());
  expect(agent.stats().streamsOpen).toBe(1);
  await agent.close();
  expect(await ended).toMatchObject({ code: status.UNAVAILABLE });
});

test('a connection of the allowed age takes no more calls, while its streams go on', async () => {
  const agent = await startAgent(100);
  const client = connect(agent.address);
  const streams: Promise<unknown>[] = [];
  for (let count = 0; count < 15; count += 1) {
    const { ended } = await openStream(client);
    streams.push(ended);
  }
  expect(new Set((await Promise.all(streams)).map((end) => JSON.stringify(end)))).toEqual(
    new Set([JSON.stringify({ text: 'some words of an answer', code: status.OK })]),
  );
});
