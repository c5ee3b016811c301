import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import {
  credentials,
  loadPackageDefinition,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { startMockAgent } from '../server.ts';

const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function startAgent() {
  const agent = await startMockAgent({
    scenarios: [{ name: 'test', behaviour: behaviourSchema.parse({}), cases: [], seed: 1 }],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  closers.push(() => agent.close());
  return agent;
}

/** A client of a service whose proto file is not ours. */
function clientOf(protoFile: string, service: string, address: string): Client {
  const definition = loadSync(protoFile, { keepCase: true, enums: String, oneofs: true });
  // proto-loader keys services by their full names; loaded alone, each is a constructor.
  const Constructor = service
    .split('.')
    .reduce<unknown>(
      (scope, name) => (scope as Record<string, unknown>)[name],
      loadPackageDefinition(definition),
    ) as ServiceClientConstructor;
  const client = new Constructor(address, credentials.createInsecure());
  closers.push(() => client.close());
  return client;
}

interface HealthClient {
  check(
    request: { service: string },
    callback: (error: ServiceError | null, reply?: { status: string }) => void,
  ): void;
  watch(request: { service: string }): ClientReadableStream<{ status: string }>;
}

const healthClient = (address: string) =>
  clientOf(protoPath, 'grpc.health.v1.Health', address) as unknown as HealthClient;

test('health says SERVING of the server and of its service, and knows no other', async () => {
  const agent = await startAgent();
  const client = healthClient(agent.address);
  const check = (service: string) =>
    new Promise((resolve) => {
      client.check({ service }, (error, reply) => resolve(error?.code ?? reply?.status));
    });
  expect(
    await Promise.all(['', 'ai.agent.v1.AIAgentService', 'no.such.Service'].map(check)),
  ).toEqual(['SERVING', 'SERVING', 5]);
});

test('whoever watches is told NOT_SERVING when the agent closes, and does not hold it up', async () => {
  const agent = await startAgent();
  const watching = healthClient(agent.address).watch({ service: '' });
  watching.on('error', () => {});
  const told: string[] = [];
  watching.on('data', ({ status }) => told.push(status));
  await expect.poll(() => told).toEqual(['SERVING']);
  await agent.close();
  await expect.poll(() => told).toEqual(['SERVING', 'NOT_SERVING']);
});

interface ReflectionReply {
  list_services_response?: { service: { name: string }[] };
  file_descriptor_response?: { file_descriptor_proto: Buffer[] };
  error_response?: { error_code: number };
}

test.each(['v1', 'v1alpha'])('reflection %s tells what there is to call', async (version) => {
  const agent = await startAgent();
  const folder = dirname(
    createRequire(import.meta.url).resolve('@grpc/reflection/build/src/index.js'),
  );
  const client = clientOf(
    join(folder, `../proto/grpc/reflection/${version}/reflection.proto`),
    `grpc.reflection.${version}.ServerReflection`,
    agent.address,
  ) as unknown as { ServerReflectionInfo(): ClientDuplexStream<object, ReflectionReply> };
  const call = client.ServerReflectionInfo();
  const ask = async (request: object) => {
    call.write(request);
    const [reply] = (await once(call, 'data')) as [ReflectionReply];
    return reply;
  };
  const listed = await ask({ list_services: '' });
  expect(listed.list_services_response?.service.map(({ name }) => name)).toEqual([
    'ai.agent.v1.AIAgentService',
    'grpc.health.v1.Health',
  ]);
  const described = await ask({ file_containing_symbol: 'ai.agent.v1.AIAgentService' });
  // A descriptor is protobuf, in which names stand as they are.
  const [file] = described.file_descriptor_response?.file_descriptor_proto ?? [];
  expect(file?.toString('latin1')).toMatch(/ai\.agent\.v1.*AIAgentService.*GenerateTextStream/s);
  expect(await ask({ file_containing_symbol: 'no.such.Symbol' })).toMatchObject({
    error_response: { error_code: 5 },
  });
  // Nothing that a client asks may end the process.
  expect(await ask({})).toHaveProperty('error_response');
  call.end();
});
