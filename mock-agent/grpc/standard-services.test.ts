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
import { expect, onTestFinished, test } from 'vitest';

import { behaviourSchema } from '../plan/behaviour.ts';
import { startMockAgent } from '../server.ts';

async function startAgent() {
  const agent = await startMockAgent({
    scenarios: [{ name: 'test', behaviour: behaviourSchema.parse({}), cases: [], seed: 1 }],
    host: '127.0.0.1',
    port: 0,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => agent.close());
  return agent;
}

/** Creates a client of a service from another proto file. */
function clientOf(protoFile: string, service: string, address: string): Client {
  const definition = loadSync(protoFile, { keepCase: true, enums: String, oneofs: true });
  // loadPackageDefinition nests services by the parts of their names; each leaf is a constructor.
  const Constructor = service
    .split('.')
    .reduce<unknown>(
      (scope, name) => (scope as Record<string, unknown>)[name],
      loadPackageDefinition(definition),
    ) as ServiceClientConstructor;
  const client = new Constructor(address, credentials.createInsecure());
  onTestFinished(() => client.close());
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

test('health reports SERVING for the server and its service, and NOT_FOUND for others', async () => {
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

test('watchers get NOT_SERVING when the agent closes, and do not delay it', async () => {
  const agent = await startAgent();
  const watch = healthClient(agent.address).watch({ service: '' });
  watch.on('error', () => {});
  const statuses: string[] = [];
  watch.on('data', ({ status }) => statuses.push(status));
  await expect.poll(() => statuses).toEqual(['SERVING']);
  await agent.close();
  await expect.poll(() => statuses).toEqual(['SERVING', 'NOT_SERVING']);
});

interface ReflectionReply {
  list_services_response?: { service: { name: string }[] };
  file_descriptor_response?: { file_descriptor_proto: Buffer[] };
  error_response?: { error_code: number };
}

test.each(['v1', 'v1alpha'])(
  'reflection %s lists the services and describes them',
  async (version) => {
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
    const request = async (message: object) => {
      call.write(message);
      const [reply] = (await once(call, 'data')) as [ReflectionReply];
      return reply;
    };
    const listed = await request({ list_services: '' });
    expect(listed.list_services_response?.service.map(({ name }) => name)).toEqual([
      'ai.agent.v1.AIAgentService',
      'grpc.health.v1.Health',
    ]);
    const described = await request({ file_containing_symbol: 'ai.agent.v1.AIAgentService' });
    // A descriptor is protobuf, which contains names as plain text.
    const [file] = described.file_descriptor_response?.file_descriptor_proto ?? [];
    expect(file?.toString('latin1')).toMatch(/ai\.agent\.v1.*AIAgentService.*GenerateTextStream/s);
    expect(await request({ file_containing_symbol: 'no.such.Symbol' })).toMatchObject({
      error_response: { error_code: 5 },
    });
    // An invalid request must not end the process.
    expect(await request({})).toHaveProperty('error_response');
    call.end();
  },
);
