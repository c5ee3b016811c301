import { expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { dial } from '../testing/dial.ts';
import { exchange } from '../testing/exchange.ts';
import type { AgentScript } from '../testing/scripted-agent.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

/** Says what a test wants to know of an answer that came as bytes. */
function readAnswer(received: string) {
  const [head = '', body = ''] = received.split('\r\n\r\n');
  return {
    status: Number(head.split(' ')[1]),
    cors: /^access-control-allow-origin: (.*)$/im.exec(head)?.[1],
    body: JSON.parse(body) as unknown,
  };
}

test('a request that is too long by its URL is a 414, by its headers a 431, both JSON for a page', async () => {
  const { url } = await startBefore(sayHello);
  const ask = async (path: string, header: string) =>
    readAnswer(
      await exchange(
        url,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${header}\r\n\r\n`,
      ),
    );
  const path = `${generatePath}?prompt=`;
  expect(await ask(path + 'x'.repeat(17_000), '')).toMatchObject({
    status: 414,
    cors: '*',
    body: {
      code: 'INVALID_REQUEST',
      details: 'request: its URL must not exceed 16 KiB; send a long prompt by POST',
    },
  });
  const tooMuch = {
    status: 431,
    cors: '*',
    body: {
      code: 'INVALID_REQUEST',
      details: 'request: its URL and headers must not exceed 32 KiB together',
    },
  };
  expect(await ask(`${path}a`, 'x'.repeat(33_000))).toMatchObject(tooMuch);
  expect(await ask(path + 'x'.repeat(33_000), '')).toMatchObject(tooMuch);
});

test('a URL of 16 KiB with the headers of a browser is accepted', async () => {
  const { endpoint } = await startBefore(sayHello);
  const response = await fetch(`${endpoint}?prompt=${'x'.repeat(16_000)}`, {
    headers: { Cookie: 'x'.repeat(8000) },
  });
  expect(response.status).toBe(200);
});

test('a prompt that is too long is a 413; its length is counted in characters, not in units', async () => {
  const { endpoint } = await startBefore(sayHello, { promptLimitChars: 10 });
  expect((await post(endpoint, { prompt: '😀'.repeat(10) })).status).toBe(200);
  const refused = await post(endpoint, { prompt: 'x'.repeat(11) });
  expect([refused.status, await refused.json()]).toMatchObject([
    413,
    { code: 'PAYLOAD_TOO_LARGE', details: 'prompt: must not exceed 10 characters' },
  ]);
});

const post100 = `POST ${generatePath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;

test('a client that stops within its request gets a 408, wherever it stops', async () => {
  const { url, openStreams } = await startBefore(sayHello, { requestLimitMs: 300 });
  const stops = {
    'before it': '',
    'within the request line': 'POST /api',
    'within the headers': `POST ${generatePath} HTTP/1.1\r\nHost: x\r\n`,
    'within the body': `${post100}{"prompt":`,
  };
  const answers = await Promise.all(
    Object.entries(stops).map(async ([name, bytes]) => [
      name,
      readAnswer(await exchange(url, bytes)),
    ]),
  );
  const late = {
    status: 408,
    cors: '*',
    body: { code: 'INVALID_REQUEST', details: 'request: did not arrive in time' },
  };
  expect(answers).toMatchObject(Object.keys(stops).map((name) => [name, late]));
  expect(openStreams()).toBe(0);
});

test('200 clients that send their headers byte by byte are disconnected, and another one is served', async () => {
  const { url, endpoint } = await startBefore(sayHello, { requestLimitMs: 500 });
  const slow = await Promise.all(Array.from({ length: 200 }, () => dial(url)));
  let gone = 0;
  const dribble = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write('x');
  }, 100);
  onTestFinished(() => clearInterval(dribble));
  for (const socket of slow) {
    socket.resume();
    socket.once('close', () => {
      gone += 1;
    });
    socket.write(`GET ${generatePath}?prompt=a HTTP/1.1\r\nX-Slow: `);
  }
  expect(await (await post(endpoint)).text()).toContain('"isFinal":true');
  await expect.poll(() => gone).toBe(200);
});

test('a stream can last longer than the time limit of its request', async () => {
  const { endpoint } = await startBefore(
    (call) => {
      call.write({ delta: 'a' });
      setTimeout(() => {
        call.write({ delta: 'b', isFinal: true });
        call.end();
      }, 2500);
    },
    { requestLimitMs: 100, unreadLimitMs: 100 },
  );
  expect(await (await post(endpoint)).text()).toContain('"isFinal":true');
});

/** Sends more than the buffers between agent and client hold, for as long as it is let. */
const sayMuch =
  (whenCancelled: () => void): AgentScript =>
  (call) => {
    const delta = 'x'.repeat(100_000);
    let sent = 0;
    const more = () => {
      while (sent < 300) {
        sent += 1;
        if (!call.write({ delta, isFinal: sent === 300 })) {
          call.once('drain', more);
          return;
        }
      }
      call.end();
    };
    call.on('cancelled', whenCancelled);
    more();
  };

test('a client that stops reading is disconnected after the limit, and the agent’s call ends', async () => {
  let cancelled = 0;
  const { url, endpoint, openStreams } = await startBefore(
    sayMuch(() => {
      cancelled += 1;
    }),
    { unreadLimitMs: 400 },
  );
  const never = await dial(url);
  never.pause();
  never.write(`GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n`);
  await expect.poll(openStreams).toBe(1);
  await expect.poll(openStreams).toBe(0);
  await expect.poll(() => cancelled).toBe(1);
  // Whoever reads beside it gets all.
  expect(await (await post(endpoint)).text()).toContain('"isFinal":true');
});

test('a client that reads slowly is not disconnected', async () => {
  const { url } = await startBefore(
    sayMuch(() => {}),
    { unreadLimitMs: 700 },
  );
  const socket = await dial(url);
  let bytes = 0;
  let last = '';
  socket.on('data', (received: Buffer) => {
    bytes += received.length;
    last = (last + received.toString('latin1')).slice(-100);
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  socket.write(`GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n`);
  await expect.poll(() => last).toContain('"isFinal":true');
  expect(bytes).toBeGreaterThan(30_000_000);
});

test('streams that wait for their agent count too', async () => {
  const { endpoint, openStreams } = await startBefore(() => {}, { maxStreams: 1 });
  const waiting = post(endpoint);
  await expect.poll(openStreams).toBe(1);
  const refused = await post(endpoint);
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { code: 'OVERLOADED', details: 'the gateway carries 1 streams at most' },
  ]);
  expect(refused.headers.get('retry-after')).toBe('1');
  await (await waiting).body?.cancel();
});

test.each([
  ['streamLimitMs', { streamLimitMs: 2 ** 31 }],
  ['pingIntervalMs', { pingIntervalMs: Number.POSITIVE_INFINITY }],
  ['bodyLimitBytes', { bodyLimitBytes: 5_000_000 }],
])('%s is rejected beyond the limit of a timer or an agent', async (name, options) => {
  await expect(startBefore(sayHello, options)).rejects.toThrow(name);
});
