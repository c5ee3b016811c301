import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';

import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import { createAuthority } from '../proto/testing/authority.ts';
import { behaviourSchema } from './plan/behaviour.ts';
import { startMockAgent } from './server.ts';

/** Starts an agent that requires certificates of an authority. */
async function startWithAuthority() {
  const authority = await createAuthority();
  const texts = { ca: authority.ca, ...(await authority.issue()) };
  const lines: string[] = [];
  const log = pino({
    base: null,
    hooks: { logMethod: ([message]) => void lines.push(String(message)) },
  });
  const agent = await startMockAgent({
    scenarios: [{ name: 'test', behaviour: behaviourSchema.parse({}), cases: [], seed: 1 }],
    seed: 1,
    host: '127.0.0.1',
    port: 0,
    certificates: { current: () => texts },
    log,
  });
  onTestFinished(() => agent.close());
  const port = Number(agent.address.split(':')[1]);
  return { agent, authority, lines, port };
}

function closed(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  socket.resume();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

/** Connects until the agent closes the connection. */
async function fail(port: number, options: ConnectionOptions = {}): Promise<void> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
    ...options,
  });
  await closed(socket);
}

async function failInPlainText(port: number, text: string): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.write(text);
  await closed(socket);
}

test('the log says in words why a client failed to connect', async () => {
  const { authority, lines, port } = await startWithAuthority();
  const stranger = await createAuthority('a stranger');
  const failures: [fails: () => Promise<void>, cause: string][] = [
    [() => fail(port), 'it has no certificate, and the agent requires one'],
    [
      async () => fail(port, await stranger.issue()),
      'its certificate is not signed by an authority that the agent trusts (--client-ca)',
    ],
    [async () => fail(port, await authority.issue({ days: -3 })), 'its certificate has expired'],
    [() => failInPlainText(port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'it does not speak TLS'],
    [
      async () => fail(port, { ...(await authority.issue()), ALPNProtocols: ['http/1.1'] }),
      'it does not offer HTTP/2 (h2)',
    ],
    [
      async () =>
        fail(port, {
          ...(await authority.issue()),
          rejectUnauthorized: true,
          ca: stranger.ca,
        }),
      "it closed the connection during the handshake of TLS; it may refuse the agent's certificate",
    ],
  ];
  for (const [fails, cause] of failures) {
    lines.length = 0;
    await fails();
    await expect.poll(() => lines).toEqual([`a client failed to connect: ${cause}`]);
  }
});

test('further clients with the same cause are counted', async () => {
  const { agent, lines, port } = await startWithAuthority();
  const texts = ['GET / HTTP/1.1\r\n\r\n', 'hello, agent', 'PRI * HTTP/2.0\r\n\r\n'];
  await Promise.all(texts.map((text) => failInPlainText(port, text)));
  await fail(port);
  await expect
    .poll(() => lines.toSorted())
    .toEqual([
      'a client failed to connect: it does not speak TLS',
      'a client failed to connect: it has no certificate, and the agent requires one',
    ]);
  await agent.close();
  expect(lines.at(-1)).toBe('2 more failed to connect: it does not speak TLS');
  expect(lines).toHaveLength(3);
});
