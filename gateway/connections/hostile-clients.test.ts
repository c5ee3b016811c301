import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { gzipSync } from 'node:zlib';

import { expect, onTestFinished, test, vi } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { dial } from '../testing/dial.ts';
import { exchange } from '../testing/exchange.ts';
import type { AgentScript } from '../testing/scripted-agent.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

/** Begins to answer, and never ends. */
const neverEnd: AgentScript = (call) => {
  call.write({ delta: 'text' });
};

const rawPost = (body = '{"prompt":"a"}') =>
  `POST ${generatePath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

test('a client that leaves while its body is read leaves no generation behind', async () => {
  const { url, openStreams } = await startBefore(neverEnd);
  const body = gzipSync(JSON.stringify({ prompt: 'x'.repeat(900_000) }));
  for (let count = 0; count < 20; count += 1) {
    const socket = await dial(url);
    socket.write(
      `POST ${generatePath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
        `Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    await new Promise((resolve) => setTimeout(resolve, count % 5));
    socket.resetAndDestroy();
  }
  await expect.poll(openStreams).toBe(0);
});

test('pipelined requests all end with their connection', async () => {
  const { url, openStreams } = await startBefore(neverEnd);
  const socket = await dial(url);
  socket.write(rawPost().repeat(12));
  await expect.poll(openStreams).toBe(12);
  socket.destroy();
  await expect.poll(openStreams).toBe(0);
});

test('the response to garbage after a request does not interrupt its stream', async () => {
  const { url, openStreams } = await startBefore(neverEnd, { streamLimitMs: 500 });
  const socket = await dial(url);
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString();
  });
  socket.write(rawPost());
  await expect.poll(() => received).toContain('"text"');
  socket.write('garbage\r\n\r\n');
  await expect.poll(() => received).toContain('400 Bad Request');
  expect(received).toMatch(/"code":"TIMEOUT".*\r\n0\r\n\r\nHTTP\/1\.1 400 /s);
  expect(openStreams()).toBe(0);
});

test('an invalid URL is a 400', async () => {
  const { url } = await startBefore(sayHello);
  const received = await exchange(
    url,
    'GET http://[:: HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  expect(received).toMatch(/^HTTP\/1\.1 400 .*"details":"request: its URL is not valid"/s);
});

test.each(['*', 'http://somewhere.test'])(
  'OPTIONS %s is a request about the server itself',
  async (target) => {
    const { url } = await startBefore(sayHello);
    const received = await exchange(
      url,
      `OPTIONS ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(received).toMatch(/^HTTP\/1\.1 204 No Content\r\nAllow: GET, HEAD, POST, OPTIONS\r\n/);
    expect(received).toMatch(/\r\n\r\n$/);
  },
);

test('a client with an unknown expectation gets its stream', async () => {
  const { url } = await startBefore(sayHello);
  const received = await exchange(
    url,
    `GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n`,
  );
  expect(received).toContain('"isFinal":true');
});

test.each([
  ['x-rehearsal-a-bin', 'header x-rehearsal-a-bin: is not a valid name of gRPC metadata'],
  ['x-rehearsal-a!b', 'header x-rehearsal-a!b: is not a valid name of gRPC metadata'],
])('the header %s is a 400, not a failure of the gateway', async (name, details) => {
  const { endpoint } = await startBefore(sayHello);
  const response = await post(endpoint, undefined, { [name]: 'a' });
  expect([response.status, await response.json()]).toMatchObject([400, { details }]);
});

test('more metadata than the limit is a 400', async () => {
  const { endpoint } = await startBefore(sayHello);
  const headers = Object.fromEntries(
    Array.from({ length: 33 }, (_, index) => [`x-rehearsal-${index}`, 'a']),
  );
  const response = await post(endpoint, undefined, headers);
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { details: 'headers x-rehearsal-*: must not be more than 32' },
  ]);
});

test('a prompt with half a surrogate pair is a 400, since the agent would receive another text', async () => {
  const { endpoint } = await startBefore(sayHello);
  const response = await post(endpoint, '{"prompt":"a\\ud800b"}');
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { details: 'prompt: has half a surrogate pair in it' },
  ]);
});

test('a message of the agent that is too large is a failed generation, not too many requests', async () => {
  const { endpoint } = await startBefore((call) => {
    call.write({ delta: 'text' });
    call.write({ delta: 'x'.repeat(5_000_000) });
  });
  expect(await (await post(endpoint)).text()).toContain('"code":"GENERATION_ERROR"');
});

test('a request that completes while the gateway closes is refused, not cut', async () => {
  const gateway = await startBefore(neverEnd, { closeGraceMs: 60_000 });
  const holding = await post(gateway.endpoint);
  const requests = vi.fn<() => void>();
  subscribe('http.server.request.start', requests);
  onTestFinished(() => void unsubscribe('http.server.request.start', requests));
  const socket = await dial(gateway.url);
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString();
  });
  const request = rawPost();
  socket.write(request.slice(0, -3));
  await expect.poll(() => requests.mock.calls.length).toBeGreaterThan(0);
  // The gateway stays open until the client has read the end of its stream.
  const closed = gateway.close();
  socket.write(request.slice(-3));
  await expect.poll(() => received).toMatch(/^HTTP\/1\.1 503 .*"code":"SHUTTING_DOWN"/s);
  expect(await holding.text()).toContain('"code":"SHUTTING_DOWN"');
  await closed;
});

test('a slow client of a closing gateway gets everything within the grace period', async () => {
  const delta = 'x'.repeat(100_000);
  const gateway = await startBefore(
    (call) => {
      for (let count = 0; count < 100; count += 1) call.write({ delta });
    },
    { closeGraceMs: 5000 },
  );
  const socket = await dial(gateway.url);
  socket.write(rawPost());
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const closed = gateway.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
  let received = '';
  socket.on('data', (bytes) => {
    received = (received + bytes.toString()).slice(-500);
  });
  socket.resume();
  await closed;
  await expect.poll(() => received).toContain('"code":"SHUTTING_DOWN"');
});
