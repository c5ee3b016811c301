import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { dial } from '../testing/dial.ts';
import { readAnswers } from '../testing/read-answers.ts';
import type { AgentScript } from '../testing/scripted-agent.ts';
import { post, sayHello, startBefore } from '../testing/start-before.ts';

/** Begins to answer, and never ends. */
const neverEnd: AgentScript = (call) => {
  call.write({ delta: 'text' });
};

const get = `GET ${generatePath}?prompt=a HTTP/1.1\r\nHost: x\r\n\r\n`;

/** Opens a connection whose own half stays open whatever the server does. */
async function dialHalfOpen(url: string): Promise<{ socket: Socket; received: () => string }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
  });
  // A reset is one of the ways in which the server may be done with it.
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received: () => received };
}

/** The server's ends of the connections on which requests came, as long as they are open. */
function watchServerSockets(): Set<Socket> {
  const open = new Set<Socket>();
  const remember = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  subscribe('http.server.request.start', remember);
  onTestFinished(() => void unsubscribe('http.server.request.start', remember));
  return open;
}

test('pipelined requests get complete responses, one after another', async () => {
  const { url, openStreams } = await startBefore(sayHello);
  const { socket, received } = await dialHalfOpen(url);
  socket.write(get.repeat(8));
  await expect
    .poll(() => readAnswers(received(), { noBody: false, ended: false }).answers.length)
    .toBe(8);
  const { answers, rest } = readAnswers(received(), { noBody: false, ended: false });
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  expect(answers[7]?.body).toContain('"isFinal":true');
  expect(rest).toBe('');
  await expect.poll(openStreams).toBe(0);
});

test('pipelined requests after an endless stream end within the limit of a stream', async () => {
  const open = watchServerSockets();
  const { url, openStreams } = await startBefore(neverEnd, { streamLimitMs: 500 });
  const { socket, received } = await dialHalfOpen(url);
  socket.write(get.repeat(8));
  await expect.poll(openStreams).toBe(8);
  await expect.poll(openStreams).toBe(0);
  await expect.poll(received).toContain('"code":"TIMEOUT"');
  socket.destroy();
  await expect.poll(() => open.size).toBe(0);
});

test('a client that ends its half of the connection has left: its stream and its call end', async () => {
  const open = watchServerSockets();
  let cancelled = 0;
  const { url, openStreams } = await startBefore((call) => {
    neverEnd(call);
    call.on('cancelled', () => {
      cancelled += 1;
    });
  });
  const { socket, received } = await dialHalfOpen(url);
  socket.write(get);
  // Before its text, the call may not have reached the agent, which would not see it cancelled.
  await expect.poll(received).toContain('"text"');
  socket.end();
  await expect.poll(openStreams).toBe(0);
  await expect.poll(() => cancelled).toBe(1);
  await expect.poll(() => open.size).toBe(0);
});

test.each([
  ['a stream over HTTP/1.0', `GET ${generatePath}?prompt=a HTTP/1.0\r\n\r\n`, '"isFinal":true'],
  ['a stream', get, '"isFinal":true'],
])(
  'a client that never ends its half after %s is closed by the server',
  async (_, request, answer) => {
    const open = watchServerSockets();
    const { url } = await startBefore(sayHello);
    const { socket, received } = await dialHalfOpen(url);
    socket.write(request);
    await expect.poll(received).toContain(answer);
    // A connection may be used again for five seconds.
    await expect.poll(() => open.size).toBe(0);
  },
);

test('the server closes a client that never ends its half after invalid HTTP', async () => {
  const { url } = await startBefore(sayHello);
  const { socket, received } = await dialHalfOpen(url);
  socket.write('garbage\r\n\r\n');
  await expect.poll(received).toContain('INVALID_REQUEST');
  // Only writing shows that nobody listens any more.
  const isClosed = () => {
    socket.write('x');
    return socket.destroyed;
  };
  await expect.poll(isClosed).toBe(true);
});

test('100 clients that send their bodies byte by byte are disconnected, and another one is served', async () => {
  const { url, endpoint, openStreams } = await startBefore(sayHello, { requestLimitMs: 500 });
  const slow = await Promise.all(Array.from({ length: 100 }, () => dial(url)));
  let gone = 0;
  const dribble = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write('{');
  }, 100);
  onTestFinished(() => clearInterval(dribble));
  for (const socket of slow) {
    socket.resume();
    socket.removeAllListeners('error').on('error', () => {});
    socket.once('close', () => {
      gone += 1;
    });
    socket.write(
      `POST ${generatePath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`,
    );
  }
  expect(await (await post(endpoint)).text()).toContain('"isFinal":true');
  await expect.poll(() => gone).toBe(100);
  expect(openStreams()).toBe(0);
});

test('a body without an end is refused when it is too large, and its connection ends', async () => {
  const open = watchServerSockets();
  const { url } = await startBefore(sayHello, { bodyLimitBytes: 1000, requestLimitMs: 500 });
  const { socket, received } = await dialHalfOpen(url);
  socket.write(
    `POST ${generatePath} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const sending = setInterval(() => {
    if (socket.writable) socket.write(`400\r\n${'x'.repeat(1024)}\r\n`);
  }, 20);
  onTestFinished(() => clearInterval(sending));
  await expect.poll(received).toMatch(/^HTTP\/1\.1 413 .*"code":"PAYLOAD_TOO_LARGE"/s);
  await expect.poll(() => open.size).toBe(0);
  // One request, one answer.
  expect(received().match(/HTTP\/1\.1 /g)).toHaveLength(1);
});
