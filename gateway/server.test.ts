import { get as httpGet, type IncomingMessage } from 'node:http';

import { expect, test } from 'vitest';

import { generatePath } from '../proto/interface.ts';
import { exchange } from './testing/exchange.ts';
import { post, sayHello, startBefore } from './testing/start-before.ts';

test('a stream has exactly these bytes on the wire (B1, B2, B3)', async () => {
  const { url } = await startBefore(sayHello);
  const body = '{"prompt":"hello","model":"gpt-4","stream":true}';
  const received = await exchange(
    url,
    `POST ${generatePath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  const events = [
    'event: message\ndata: {"delta":"Hello","isFinal":false}\n\n',
    'event: message\ndata: {"delta":"!","isFinal":true}\n\n',
  ];
  expect(received.replace(/^Date: .*\r\n/m, '')).toBe(
    'HTTP/1.1 200 OK\r\n' +
      'Vary: Origin\r\n' +
      'Access-Control-Allow-Origin: *\r\n' +
      'Content-Type: text/event-stream\r\n' +
      'Cache-Control: no-cache\r\n' +
      'Connection: keep-alive\r\n' +
      'X-Accel-Buffering: no\r\n' +
      'Transfer-Encoding: chunked\r\n\r\n' +
      events.map((event) => `${event.length.toString(16)}\r\n${event}\r\n`).join('') +
      '0\r\n\r\n',
  );
});

test('a client of HTTP/1.0 sees the connection end with the stream', async () => {
  const { url } = await startBefore(sayHello, { eventIds: false });
  const received = await exchange(url, `GET ${generatePath}?prompt=hello HTTP/1.0\r\n\r\n`);
  expect(received.slice(received.indexOf('\r\n\r\n') + 4)).toBe(
    'event: message\ndata: {"delta":"Hello","isFinal":false}\n\n' +
      'event: message\ndata: {"delta":"!","isFinal":true}\n\n',
  );
});

test('the check of the specified load test holds: 200 and exactly this content type (E2)', async () => {
  const { endpoint } = await startBefore(sayHello);
  const response = await post(
    endpoint,
    { prompt: '写一段500字的故事', model: 'gpt-4', stream: true },
    { Authorization: 'Bearer token' },
  );
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await response.text();
});

/** A request whose response can be cut off; `fetch` would keep the socket for itself. */
function openStream(endpoint: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpGet(`${endpoint}?prompt=a`, { agent: false }, resolve).on('error', reject);
  });
}

test('a client that leaves cancels the call of the agent, before the headers and after (B4)', async () => {
  let cancelled = 0;
  const { endpoint, openStreams } = await startBefore((call) => {
    if (call.request.prompt === 'a') call.write({ delta: 'text' });
    call.on('cancelled', () => {
      cancelled += 1;
    });
  });
  const response = await openStream(endpoint);
  response.destroy();
  await expect.poll(() => cancelled).toBe(1);

  const leaving = new AbortController();
  const waiting = post(endpoint, { prompt: 'silence' }, {});
  void waiting.catch(() => {});
  const aborted = fetch(`${endpoint}?prompt=silence`, { signal: leaving.signal }).catch(
    () => 'gone',
  );
  await expect.poll(openStreams).toBe(2);
  leaving.abort();
  expect(await aborted).toBe('gone');
  await expect.poll(() => cancelled).toBe(2);
  expect(openStreams()).toBe(1);
});

test('closing ends every stream and every waiting request, and frees the port', async () => {
  const gateway = await startBefore(
    (call) => {
      if (call.request.prompt === 'started') call.write({ delta: 'text' });
    },
    { acceptWaitMs: 60_000 },
  );
  const started = await post(gateway.endpoint, { prompt: 'started' });
  const waiting = post(gateway.endpoint, { prompt: 'waiting' });
  await expect.poll(gateway.openStreams).toBe(2);
  await gateway.close();
  expect(await started.text()).toContain('"code":"SHUTTING_DOWN"');
  const refused = await waiting;
  expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'SHUTTING_DOWN' }]);
  await expect(post(gateway.endpoint)).rejects.toThrow('fetch failed');
});

test('a client that does not read pauses the agent, and later gets everything', async () => {
  const delta = 'x'.repeat(100_000);
  let sent = 0;
  const { endpoint } = await startBefore((call) => {
    const more = () => {
      while (sent < 300) {
        sent += 1;
        if (!call.write({ delta })) {
          call.once('drain', more);
          return;
        }
      }
      call.end();
    };
    more();
  });
  const response = await openStream(endpoint);
  response.pause();
  let before = -1;
  await expect
    .poll(
      () => {
        const held = sent === before;
        before = sent;
        return held;
      },
      { interval: 500 },
    )
    .toBe(true);
  expect(sent).toBeLessThan(300);
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  expect(bytes).toBeGreaterThan(300 * delta.length);
});
