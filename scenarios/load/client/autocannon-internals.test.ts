// Each test is a fact of autocannon 9.0.0 that the load relies on; see `autocannon-internals.ts`.
/* oxlint-disable no-underscore-dangle */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { AutocannonClient, type AutocannonClientOptions } from './autocannon-internals.ts';
import {
  chunk,
  endlessHead,
  goodStream,
  lastChunk,
  message,
  plainAnswer,
  type RawRequest,
  startRawServer,
  streamHead,
} from '../testing/raw-server.ts';

/** Returns a client of a server with this response; its own calls are recorded, and those in `stopped` are no-ops. */
async function clientOf(
  answer: (request: RawRequest, socket: Socket) => void,
  {
    stopped = [] as ('_connect' | '_doRequest')[],
    setup = undefined as ((made: AutocannonClient) => void) | undefined,
  } = {},
) {
  const server = await startRawServer(answer);
  const { hostname, port, host, pathname } = new URL(server.url);
  const calls: string[] = [];
  const options: AutocannonClientOptions = {
    protocol: 'http:',
    hostname,
    port: Number(port),
    host,
    path: pathname,
    method: 'POST',
    body: '{"a":1}',
    timeout: 1_000_000,
    setupClient(made) {
      for (const name of ['_connect', '_doRequest'] as const) {
        made[name] = () => {
          calls.push(name);
          if (calls.length <= 2 || !stopped.includes(name))
            AutocannonClient.prototype[name].call(made);
        };
      }
      for (const name of ['headers', 'body', 'response', 'connError', 'done']) {
        made.on(name, () => calls.push(name));
      }
      setup?.(made);
    },
  };
  const client = new AutocannonClient(options);
  onTestFinished(() => client.destroy());
  return { client, server, calls };
}

const frozen = { stopped: ['_connect', '_doRequest'] as ('_connect' | '_doRequest')[] };

test('the installed version is the one whose internals are tested', () => {
  const require = createRequire(import.meta.url);
  expect(require('autocannon/package.json')).toMatchObject({ version: '9.0.0' });
});

test('setupClient receives the client before it connects, and later internal calls use the instance', async () => {
  let socketAtSetup: Socket | undefined;
  const { calls, client } = await clientOf(() => undefined, {
    setup: (made) => {
      socketAtSetup = made.conn;
    },
  });
  expect(socketAtSetup).toBeUndefined();
  expect(calls).toEqual(['_connect', '_doRequest']);
  expect(client.conn.connecting).toBe(true);
});

test('a complete response emits headers, the decoded body and response, then sends the next request', async () => {
  const bodies: string[] = [];
  const heads: unknown[] = [];
  const { client, calls } = await clientOf((_, socket) => goodStream(socket), {
    ...frozen,
    setup: (made) => {
      made.on('headers', (head) => heads.push(head));
      made.on('body', (bytes: Buffer) => bodies.push(bytes.toString()));
    },
  });
  await once(client, 'response');
  expect(calls).toEqual([
    '_connect',
    '_doRequest',
    'headers',
    'body',
    'body',
    'response',
    '_doRequest',
  ]);
  expect(bodies).toEqual([message('你好'), message('，世界') + message('', true)]);
  expect(heads).toMatchObject([
    {
      statusCode: 200,
      headers: ['Content-Type', 'text/event-stream', 'Transfer-Encoding', 'chunked'],
      shouldKeepAlive: true,
    },
  ]);
});

test('shouldKeepAlive is false with Connection: close or without a length', async () => {
  const heads = [endlessHead, streamHead.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')];
  const keepAlives: unknown[] = [];
  for (const head of heads) {
    const { client } = await clientOf((_, socket) => socket.write(head), frozen);
    const [{ shouldKeepAlive }] = await once(client, 'headers');
    keepAlives.push(shouldKeepAlive);
    client.destroy();
  }
  expect(keepAlives).toEqual([false, false]);
});

test('the queue can be replaced by one that stores nothing', async () => {
  const { client, server } = await clientOf(
    (_, socket) => {
      goodStream(socket);
      socket.write(plainAnswer(200, 'text/plain', 'unasked for'));
    },
    {
      ...frozen,
      setup: (made) => {
        made.pipelinedRequests = {
          insertRequest: () => undefined,
          addByteCount: () => undefined,
          addBody: () => undefined,
          setHeaders: () => undefined,
          terminateRequest: () => ({
            req: undefined,
            headers: { statusCode: 0, headers: [] },
            body: '',
            bytes: 0,
            duration: 0,
          }),
          clear: () => undefined,
        };
      },
    },
  );
  let responses = 0;
  await new Promise<void>((resolve) => {
    client.on('response', () => {
      responses += 1;
      if (responses === 2) resolve();
    });
  });
  expect(server.requests).toHaveLength(1);
});

test('the end of the connection calls _connect and nothing else', async () => {
  const { client, calls } = await clientOf((_, socket) => socket.end(endlessHead), frozen);
  await once(client.conn, 'close');
  expect(calls).toEqual(['_connect', '_doRequest', 'headers', '_connect']);
});

test('a socket error emits connError, then calls _connect', async () => {
  const { client, calls } = await clientOf((_, socket) => socket.resetAndDestroy(), frozen);
  const [error] = await once(client, 'connError');
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  expect(calls).toEqual(['_connect', '_doRequest', 'connError', '_connect']);
});

test('the prototype’s _connect makes a new socket', async () => {
  const { client } = await clientOf((_, socket) => socket.end(), frozen);
  const first = client.conn;
  await once(first, 'close');
  AutocannonClient.prototype._connect.call(client);
  expect(client.conn).not.toBe(first);
  expect(client.conn.connecting).toBe(true);
});

test('_destroyConnection removes the listeners for errors and the end', async () => {
  const { client, calls } = await clientOf((_, socket) => socket.end(endlessHead), frozen);
  await once(client, 'headers');
  const { conn } = client;
  client._destroyConnection();
  expect(conn.destroyed).toBe(true);
  expect(conn.listenerCount('end')).toBe(0);
  conn.emit('error', new Error('late'));
  expect(calls).toEqual(['_connect', '_doRequest', 'headers']);
});

test('setRequests changes path, headers and body of the next request, and nothing else', async () => {
  const { client, server } = await clientOf((_, socket) => goodStream(socket), frozen);
  await once(client, 'response');
  for (const [path, body] of [
    ['/a?b=c', 'longer than before'],
    ['/d', '故事'],
    ['/e', ''],
  ] as const) {
    client.setRequests([{ path, headers: { 'x-rehearsal-key': `load-0-${path}` }, body }]);
    AutocannonClient.prototype._doRequest.call(client);
    await once(client, 'response');
  }
  expect(server.connections()).toBe(1);
  const own = { host: new URL(server.url).host, connection: 'keep-alive' };
  expect(server.requests.map(({ headers }) => headers)).toEqual([
    { ...own, 'content-length': '7' },
    { ...own, 'x-rehearsal-key': 'load-0-/a?b=c', 'content-length': '18' },
    { ...own, 'x-rehearsal-key': 'load-0-/d', 'content-length': '6' },
    { ...own, 'x-rehearsal-key': 'load-0-/e' },
  ]);
  expect(server.requests.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
    'POST /api/v1/ai/generate {"a":1}',
    'POST /a?b=c longer than before',
    'POST /d 故事',
    'POST /e ',
  ]);
});

test('the parser records a response that is not HTTP and ignores it; reinitialize resets it', async () => {
  const { client } = await clientOf((_, socket) => socket.write('nonsense\r\n'), frozen);
  await once(client.conn, 'data');
  expect(client.parser.hadError).toBe(true);
  client.parser.reinitialize(client.parser.type);
  expect(client.parser.hadError).toBe(false);
});

test('reinitialize discards a partial response and keeps its listeners', async () => {
  const { client, calls } = await clientOf(({ n }, socket) => {
    if (n === -1) socket.end(streamHead + chunk(message('half')).toString());
    else socket.write(streamHead + chunk(message('all', true)).toString() + lastChunk);
  }, frozen);
  await once(client.conn, 'close');
  client.parser.reinitialize(client.parser.type);
  client.setRequests([{ path: '/', headers: { 'x-rehearsal-key': 'load-0-1' }, body: '{}' }]);
  AutocannonClient.prototype._connect.call(client);
  AutocannonClient.prototype._doRequest.call(client);
  await once(client, 'response');
  expect(calls.slice(-4)).toEqual(['headers', 'body', 'response', '_doRequest']);
});

test('destroy emits only done, and closes the socket', async () => {
  const { client, calls } = await clientOf((_, socket) => socket.write(streamHead), frozen);
  await once(client, 'headers');
  client.destroy();
  await once(client.conn, 'close');
  expect(calls).toEqual(['_connect', '_doRequest', 'headers', 'done']);
});
