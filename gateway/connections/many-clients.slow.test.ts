import { expect, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { dial } from '../testing/dial.ts';
import { post, startBefore } from '../testing/start-before.ts';

test('1300 clients that leave at once do not affect other streams', async () => {
  let under = 0;
  let goneAtMs: number | undefined;
  const { endpoint, url, openStreams } = await startBefore((call) => {
    under += 1;
    // What counts against the connection are resets of streams on which the agent is sending.
    const sending = setInterval(() => {
      if (under > 1300 && openStreams() <= 10) goneAtMs ??= performance.now();
      // Not at once: a connection that has had too much is ended a moment later.
      const last = goneAtMs !== undefined && performance.now() > goneAtMs + 1000;
      call.write({ delta: 'text', isFinal: last });
      if (!last) return;
      clearInterval(sending);
      call.end();
    }, 100);
    call.on('cancelled', () => clearInterval(sending));
  });
  const bystanders = Array.from({ length: 10 }, async () =>
    (await post(endpoint, { prompt: 'bystander' })).text(),
  );
  await expect.poll(() => under).toBe(10);
  const leaving = await Promise.all(Array.from({ length: 1300 }, () => dial(url)));
  for (const socket of leaving) {
    socket.resume();
    socket.write(`GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  await expect.poll(() => under, { timeout: 100_000 }).toBe(1310);
  for (const socket of leaving) socket.resetAndDestroy();
  for (const body of await Promise.all(bystanders)) expect(body).toContain('"isFinal":true');
});

test('the 1501st stream is refused with Retry-After, and the 1500 others continue', async () => {
  let finish = false;
  const { url, endpoint, openStreams } = await startBefore((call) => {
    call.write({ delta: 'text' });
    const waiting = setInterval(() => {
      if (!finish) return;
      clearInterval(waiting);
      call.write({ delta: '', isFinal: true });
      call.end();
    }, 200);
    call.on('cancelled', () => clearInterval(waiting));
  });
  const sockets = await Promise.all(Array.from({ length: 1500 }, () => dial(url)));
  let finals = 0;
  for (const socket of sockets) {
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received = (received + bytes.toString()).slice(-200);
      if (!received.includes('"isFinal":true')) return;
      finals += 1;
      socket.destroy();
    });
    socket.write(`GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  await expect.poll(openStreams).toBe(1500);
  const refused = await post(endpoint);
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { code: 'OVERLOADED', details: 'the gateway carries 1500 streams at most' },
  ]);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('access-control-expose-headers')).toBe('Retry-After');

  sockets[0]?.destroy();
  await expect.poll(openStreams).toBe(1499);
  const next = post(endpoint);
  expect((await next).status).toBe(200);
  finish = true;
  expect(await (await next).text()).toContain('"isFinal":true');
  await expect.poll(() => finals).toBe(1499);
});
