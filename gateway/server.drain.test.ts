import { once } from 'node:events';
import { Agent, request, IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';

import type { AgentScript } from './testing/scripted-agent.ts';
import { post, startBefore } from './testing/start-before.ts';

type Call = Parameters<AgentScript>[0];

/** A gateway whose streams end when the test says so. */
async function startHeld() {
  const calls: Call[] = [];
  const gateway = await startBefore((call) => {
    call.write({ delta: 'some text' });
    calls.push(call);
  });
  const finishAll = () => {
    for (const call of calls) {
      call.write({ delta: ' and its end', isFinal: true });
      call.end();
    }
  };
  return { gateway, finishAll };
}

const never = new AbortController().signal;

test('a draining gateway refuses what is new, and lets open streams go on to their end', async () => {
  const { gateway, finishAll } = await startHeld();
  const open = await post(gateway.endpoint);
  const drained = gateway.drain(60_000, never);

  const refused = await post(gateway.endpoint);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('connection')).toBe('close');
  expect(await refused.json()).toMatchObject({
    code: 'SHUTTING_DOWN',
    details: 'the gateway is draining',
  });
  const inFormat = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(inFormat.status).toBe(503);
  expect(inFormat.headers.get('retry-after')).toBe('1');
  expect(await inFormat.json()).toMatchObject({ error: { message: expect.any(String) } });
  const ready = await fetch(`${gateway.url}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([503, { code: 'SHUTTING_DOWN' }]);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  const socket = new WebSocket(gateway.endpoint.replace('http', 'ws'));
  socket.on('error', () => {});
  socket.once('open', () => socket.send(JSON.stringify({ prompt: 'hi' })));
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString()));
  await once(socket, 'close');
  expect(messages.join('')).toContain('SHUTTING_DOWN');

  expect(await Promise.race([drained, Promise.resolve('not drained')])).toBe('not drained');
  finishAll();
  expect(await open.text()).toContain('{"delta":" and its end","isFinal":true}');
  await drained;
});

test('a draining gateway closes a connection when its stream ends, so that a client that keeps it connects elsewhere', async () => {
  const { gateway, finishAll } = await startHeld();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const asked = request(`${gateway.endpoint}?prompt=hi`, { agent }).end();
  const [response] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(asked, 'response'));
  expect(response.headers.connection).toBe('keep-alive');
  const drained = gateway.drain(60_000, never);
  const { socket } = response;
  finishAll();
  await text(response);
  await drained;
  // Sooner than an idle connection.
  await expect.poll(() => socket.destroyed).toBe(true);
});

test('a drain ends after its time, and then close ends the streams with an error', async () => {
  const { gateway } = await startHeld();
  const open = await post(gateway.endpoint);
  await gateway.drain(50, never);
  expect(gateway.openStreams()).toBe(1);
  await gateway.close();
  expect(await open.text()).toContain('"code":"SHUTTING_DOWN"');
});

test('a drain ends at once when its signal aborts', async () => {
  const { gateway } = await startHeld();
  await post(gateway.endpoint);
  const abort = new AbortController();
  const drained = gateway.drain(60_000, abort.signal);
  abort.abort();
  await drained;
  expect(gateway.openStreams()).toBe(1);
});
