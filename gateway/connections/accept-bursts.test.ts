import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { expect, onTestFinished, test } from 'vitest';

import { listenOn } from '../../proto/listen.ts';
import { acceptMore } from './accept-bursts.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

async function startServer() {
  const server = createServer((_, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** The most that are taken in one turn of the event loop, of many that connect at once. */
async function mostInATurn(port: number): Promise<number> {
  let taken = 0;
  const count = () => {
    taken += 1;
  };
  subscribe('net.server.socket', count);
  const clients = Array.from({ length: 24 }, () =>
    connect(port, '127.0.0.1').on('error', () => {}),
  );
  let most = 0;
  for (let turn = 0; turn < 100; turn += 1) {
    const before = taken;
    await nextTurn();
    most = Math.max(most, taken - before);
  }
  unsubscribe('net.server.socket', count);
  for (const client of clients) client.destroy();
  return most;
}

test.skipIf(process.platform === 'win32')('more than one are taken in a turn', async () => {
  const { server, port } = await startServer();
  expect(await mostInATurn(port)).toBe(1);
  const close = acceptMore(server, 3);
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await close();
  });
  await expect.poll(() => mostInATurn(port)).toBe(4);
});

test.each(['/nonexistent/node', '/dev/null/node'])(
  'if no process can be started (%s), connections are accepted one per turn',
  async (missing) => {
    const { execPath } = process;
    const { server, port } = await startServer();
    process.execPath = missing;
    const close = acceptMore(server, 3);
    process.execPath = execPath;
    expect(await mostInATurn(port)).toBe(1);
    server.close();
    server.closeAllConnections();
    await close();
  },
);

test('nothing remains after it is closed, however early', async () => {
  for (const waitMs of [0, 10, 30, 60, 100, 300, 1000]) {
    const { server, port } = await startServer();
    const close = acceptMore(server, 3);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    server.close();
    await close();
    const again = createServer().listen(port, '127.0.0.1');
    await once(again, 'listening');
    expect(again.address()).toMatchObject({ port });
    again.close();
  }
});

test('streams through every handle are complete, and a closing gateway ends all of them', async () => {
  const { endpoint, close } = await startBefore(
    (call) => {
      if (call.request.prompt === 'hello') sayHello(call);
      else call.write({ delta: 'text' });
    },
    { acceptsPerTurn: 4 },
  );
  const port = Number(new URL(endpoint).port);
  await expect.poll(() => mostInATurn(port)).toBeGreaterThan(1);

  const whole = await Promise.all(
    Array.from({ length: 40 }, async () => (await post(endpoint, { prompt: 'hello' })).text()),
  );
  expect(new Set(whole)).toEqual(
    new Set([
      'event: message\ndata: {"delta":"Hello","isFinal":false}\n\n' +
        'event: message\ndata: {"delta":"!","isFinal":true}\n\n',
    ]),
  );

  const open = await Promise.all(
    Array.from({ length: 20 }, () => post(endpoint, { prompt: 'endless' })),
  );
  const closed = close();
  for (const response of open) expect(await response.text()).toContain('SHUTTING_DOWN');
  await closed;
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
});

/** Connects as often as told, and prints how many connections there are: all, or those after five seconds. */
const client = `
const [port, count] = process.argv.slice(1).map(Number);
let connected = 0;
const end = () => { console.log(connected); process.exit(); };
setTimeout(end, 5000);
for (let number = 0; number < count; number += 1) {
  require('node:net').connect(port, '127.0.0.1', () => { if (++connected === count) end(); });
}
`;

const limitOfSystem = '/proc/sys/net/core/somaxconn';
const systemAllows = existsSync(limitOfSystem) ? Number(readFileSync(limitOfSystem, 'utf8')) : 0;

test.runIf(systemAllows >= 1500).each([
  [0, 1],
  [3, 4],
])(
  '1500 connections wait while the server is busy, with %d more handles',
  async (handles, inATurn) => {
    const server = createServer();
    const port = await listenOn(server, '127.0.0.1', 0);
    const close = acceptMore(server, handles);
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await close();
    });
    await expect.poll(() => mostInATurn(port)).toBe(inATurn);

    // The server accepts none meanwhile: this call blocks its event loop.
    const { stdout } = spawnSync(process.execPath, ['-e', client, String(port), '1500'], {
      encoding: 'utf8',
    });

    expect(Number(stdout)).toBe(1500);
  },
);
