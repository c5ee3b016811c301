import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import type { FromChild, ToChild } from './messages.ts';

const entry = fileURLToPath(new URL('../../dist/bin/child.js', import.meta.url));

function startChild(...messages: ToChild[]) {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  child.once('message', () => {
    for (const message of messages) child.send(message);
  });
  return { child, stderr: text(child.stderr ?? process.stdin) };
}

const gateway = (options: object): ToChild => ({
  type: 'start',
  role: 'gateway',
  options: { port: 0, ...options },
  agentFollows: true,
});

test('an address that comes before the modules are loaded is not lost', async () => {
  const { child } = startChild(gateway({}), { type: 'agent', address: '127.0.0.1:1' });
  await once(child, 'message');
  const [listening] = (await once(child, 'message')) as [FromChild];
  expect(listening).toMatchObject({ type: 'listening', address: expect.stringMatching(/^http:/) });
  child.send({ type: 'close' } satisfies ToChild);
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  [{ maxStreams: 0, retries: 1 }, ['maxStreams', 'retries']],
  [{ control: { scenarios: [] } }, ['control']],
])(
  'the options %j are refused with their names, and without a stack trace',
  async (options, names) => {
    const { child, stderr } = startChild(gateway(options));
    expect(await once(child, 'exit')).toEqual([2, null]);
    for (const name of names) expect(await stderr).toContain(name);
    expect(await stderr).not.toMatch(/^\s+at /m);
  },
);

test('a child whose parent is gone before it listens exits', async () => {
  const { child } = startChild(gateway({}));
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a child without a start message exits with its parent', async () => {
  const { child } = startChild();
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
