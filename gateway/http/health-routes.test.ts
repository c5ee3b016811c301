import { createServer, type Socket } from 'node:net';

import { Server, ServerCredentials, status, type ServerUnaryCall } from '@grpc/grpc-js';
import { HealthImplementation, service as healthService } from 'grpc-health-check';
import { expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { dial } from '../testing/dial.ts';
import { sayHello, startBefore, startGatewayBefore } from '../testing/start-before.ts';

/** Starts a gRPC server on loopback with the services that `add` gives it; the test stops it. */
async function startServer(add: (server: Server) => void, port = 0) {
  const server = new Server();
  add(server);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, boundPort) =>
      error === null ? resolve(boundPort) : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
  return { port: bound, address: `127.0.0.1:${bound}`, close: () => server.forceShutdown() };
}

async function ask(url: string, path: string) {
  const response = await fetch(url + path);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  return [response.status, await response.json()];
}

const ready = [200, { status: 'ready' }];

const notReady = (details: unknown) => [
  503,
  { error: 'The agent cannot be reached', code: 'AGENT_UNAVAILABLE', details },
];

test('/readyz follows the health of the agent, and /healthz does not', async () => {
  const health = new HealthImplementation({ '': 'SERVING' });
  const { address } = await startServer((server) => health.addToServer(server));
  const { url } = await startGatewayBefore(address);
  expect(await ask(url, '/readyz')).toEqual(ready);
  health.setStatus('', 'NOT_SERVING');
  await expect.poll(() => ask(url, '/readyz')).toEqual(notReady('the agent reports NOT_SERVING'));
  expect(await ask(url, '/healthz')).toEqual([200, { status: 'ok' }]);
  health.setStatus('', 'SERVING');
  await expect.poll(() => ask(url, '/readyz')).toEqual(ready);
});

test('an agent without a health service is ready as soon as it answers', async () => {
  const { url } = await startBefore(sayHello);
  expect(await ask(url, '/readyz')).toEqual(ready);
});

test('an agent with health only for its own service is ready', async () => {
  const health = new HealthImplementation({ 'ai.agent.v1.AIAgentService': 'SERVING' });
  const { address } = await startServer((server) => health.addToServer(server));
  const { url } = await startGatewayBefore(address);
  expect(await ask(url, '/readyz')).toEqual(ready);
});

test('a gateway is ready once its agent is available', async () => {
  const { port, address, close } = await startServer(() => {});
  close();
  const { url } = await startGatewayBefore(address);
  expect(await ask(url, '/readyz')).toEqual(notReady(expect.stringContaining('ECONNREFUSED')));
  await startServer(() => {}, port);
  await expect.poll(() => ask(url, '/readyz')).toEqual(ready);
});

test('an agent that accepts the connection and sends nothing is not ready', async () => {
  const sockets: Socket[] = [];
  const frozen = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => frozen.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    frozen.close();
  });
  const { port } = frozen.address() as { port: number };
  const { url } = await startGatewayBefore(`127.0.0.1:${port}`);
  expect(await ask(url, '/readyz')).toEqual(
    notReady(expect.stringContaining('has not answered for')),
  );
});

test('many probes at once check the agent once', async () => {
  let asked = 0;
  const { address } = await startServer((server) =>
    server.addService(healthService, {
      check(_: ServerUnaryCall<unknown, unknown>, callback: (error: null, reply: object) => void) {
        asked += 1;
        callback(null, { status: 'SERVING' });
      },
      watch() {},
      list() {},
    }),
  );
  const { url } = await startGatewayBefore(address);
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(url, '/readyz')));
  expect(answers).toEqual(Array.from({ length: 50 }, () => ready));
  expect(asked).toBeLessThan(5);
});

test('an agent whose health check fails is not ready, with any status', async () => {
  const { address } = await startServer((server) =>
    server.addService(healthService, {
      check(_: ServerUnaryCall<unknown, unknown>, callback: (error: object) => void) {
        callback({ code: status.INTERNAL, details: 'no idea' });
      },
      watch() {},
      list() {},
    }),
  );
  const { url } = await startGatewayBefore(address);
  expect(await ask(url, '/readyz')).toEqual(notReady('no idea'));
});

test('a closing gateway is alive and not ready', async () => {
  let sent = 0;
  const gateway = await startBefore(
    (call) => {
      const more = () => {
        while (call.write({ delta: 'x'.repeat(100_000) })) sent += 1;
        call.once('drain', more);
      };
      more();
    },
    { closeGraceMs: 60_000 },
  );
  // A client that is behind keeps the gateway open until the grace is over.
  const behind = await dial(gateway.url);
  behind.pause();
  behind.write(`GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n`);
  let before = 0;
  await expect
    .poll(
      () => {
        const held = sent === before && sent > 0;
        before = sent;
        return held;
      },
      { interval: 500 },
    )
    .toBe(true);
  const closed = gateway.close();
  expect(await ask(gateway.url, '/readyz')).toMatchObject([503, { code: 'SHUTTING_DOWN' }]);
  expect(await ask(gateway.url, '/healthz')).toEqual([200, { status: 'ok' }]);
  behind.destroy();
  await closed;
});

test('probes need no token, accept HEAD, and refuse POST', async () => {
  const { url } = await startBefore(sayHello, { auth: ['secret'] });
  for (const path of ['/healthz', '/readyz']) {
    expect((await fetch(url + path, { method: 'HEAD' })).status).toBe(200);
    const posted = await fetch(url + path, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow'), await posted.json()]).toMatchObject([
      405,
      'HEAD, GET',
      { details: 'method: POST is not for this path, which has HEAD, GET' },
    ]);
  }
});
