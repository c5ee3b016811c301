import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { startCommand, startServer } from './support/command.ts';

const streams = 500;

/** Writes a scenario whose streams last for so long. */
async function scenarioOf(seconds: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-drain-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'slow.yaml');
  await writeFile(
    file,
    `version: 1
description: a test
behaviour: { text: { given: abcdefghij }, tokenChars: { min: 1, max: 1 }, firstToken: 0s, interToken: ${seconds * 100}ms }
`,
  );
  return file;
}

/** Opens streams; returns their texts once all have sent some text, so that the agent has every call. */
async function openStreams(endpoint: string, count: number): Promise<Promise<string>[]> {
  const open = Array.from({ length: count }, async (_, number) => {
    const response = await fetch(`${endpoint}?prompt=${number}`);
    expect(response.status).toBe(200);
    const begin = response.clone();
    const text = response.text();
    for await (const part of begin.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      if (part.includes('"delta"')) break;
    }
    return { text };
  });
  return (await Promise.all(open)).map(({ text }) => text);
}

const isWhole = (text: string) => text.includes('"isFinal":true') && !text.includes('event: error');

test('serve --drain completes 500 open streams, and refuses new requests', async () => {
  const serve = await startServer('serve', [await scenarioOf(10), '--drain', '2m']);
  const texts = await openStreams(serve.endpoint, streams);
  serve.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`${serve.origin}/readyz`)).status).toBe(503);
  const refused = await fetch(`${serve.endpoint}?prompt=late`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await Promise.all(texts)).filter(isWhole)).toHaveLength(streams);
  const { code, stderr } = await serve.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('"msg":"draining"');
});

test('a second signal ends a drain at once, with an error event in each stream', async () => {
  const serve = await startServer('serve', ['silent-stall', '--drain', '2m']);
  const open = await fetch(`${serve.endpoint}?prompt=hi`);
  serve.kill('SIGTERM');
  await expect.poll(serve.stderr).toContain('draining');
  serve.kill('SIGTERM');
  expect(await open.text()).toContain('"code":"SHUTTING_DOWN"');
  expect((await serve.ended).code).toBe(0);
});

test('a gateway of several workers, and an agent, drain like serve', async () => {
  const agent = startCommand(['agent', await scenarioOf(4), '--agent-port', '0', '--drain', '2m']);
  const address = /127\.0\.0\.1:\d+/.exec(await agent.firstLine)?.[0] ?? '';
  const gateway = await startServer(
    'gateway',
    `--agent ${address} --workers 2 --drain 2m`.split(' '),
  );
  const texts = await openStreams(gateway.endpoint, 20);
  agent.kill('SIGTERM');
  gateway.kill('SIGTERM');
  await expect.poll(gateway.stderr).toContain('draining');
  expect((await Promise.all(texts)).filter(isWhole)).toHaveLength(20);
  expect((await gateway.ended).code).toBe(0);
  expect((await agent.ended).code).toBe(0);
  expect(agent.stderr()).toContain('"msg":"draining"');
});
