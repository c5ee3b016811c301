import { expect, test } from 'vitest';

import { trust } from '../testing/http2-loads.ts';
import { startRawHttp2 } from '../testing/raw-http2.ts';
import {
  createHttp2Connections,
  type Http2Connections,
  type Placement,
} from './http2-connections.ts';
import type { Loss } from './load-client.ts';

function connectTo(url: string): Http2Connections {
  const { hostname, port, host } = new URL(url);
  const target = { protocol: 'https:' as const, hostname, port: Number(port), host, path: '/' };
  return createHttp2Connections({ ...target, method: 'POST', trust });
}

const waiting: Placement = {
  connected: () => undefined,
  start: () => undefined,
  fail: () => undefined,
};

test('a request does not wait for a connection that the last one has given up', async () => {
  const server = await startRawHttp2(() => undefined, { hasPreface: false });
  const connections = connectTo(server.url);
  const connected: string[] = [];
  const first = { ...waiting, connected: () => void connected.push('first') };
  connections.place(first);
  await expect.poll(() => connected).toEqual(['first']);
  connections.withdraw(first);
  connections.place({ ...waiting, connected: () => void connected.push('second') });
  await expect.poll(() => connected).toEqual(['first', 'second']);
  expect(server.connections()).toBe(2);
  await connections.close();
});

test('a request placed when a connection fails has one of its own', async () => {
  const server = await startRawHttp2(() => undefined);
  await server.close();
  const connections = connectTo(server.url);
  const losses: Loss[] = [];
  const last = { ...waiting, fail: (loss: Loss) => void losses.push(loss) };
  connections.place({
    ...waiting,
    fail(loss) {
      losses.push(loss);
      connections.place(last);
    },
  });
  const refused = { kind: 'broken', code: 'ECONNREFUSED' };
  await expect.poll(() => losses).toMatchObject([refused, refused]);
});
