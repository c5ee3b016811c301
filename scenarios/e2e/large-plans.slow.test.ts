import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { credentials, Metadata } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';

import { AgentServiceClient, type StreamChunk } from '../../proto/agent-service.ts';
import { startCommand } from './support/command.ts';

const scenario = (behaviour: string) => `version: 1
description: For a test.
behaviour:
  firstToken: 0ms
  interToken: 0ms
  speed: instant
${behaviour}`;

/** An agent in a process of its own, from the build: only there has it a thread for large plans. */
async function startAgent() {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const echo = join(folder, 'echo.yaml');
  const matching = join(folder, 'matching.yaml');
  await writeFile(echo, scenario('  text: echo\n  chunkChars: 1000'));
  await writeFile(
    matching,
    `${scenario('  text: { given: no }')}
cases:
  - when: { promptMatches: '(あ|い){3}う$' }
    behaviour: { text: { given: 'yes' }, speed: instant }
`,
  );
  const agent = startCommand(['agent', echo, matching, '--agent-port', '0']);
  const [, address = ''] = /^agent +(\S+)/.exec(await agent.firstLine) ?? [];
  const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
  const client = new AgentServiceClient(address, credentials.createInsecure(), options);
  onTestFinished(() => client.close());
  return client;
}

/** Reads a stream; `log` notes when it is accepted and when it ends. */
function read(
  client: InstanceType<typeof AgentServiceClient>,
  { prompt, scenario, fault }: { prompt: string; scenario: string; fault?: string },
  log: string[] = [],
): Promise<{ text: string; error?: string }> {
  const metadata = new Metadata();
  metadata.set('x-rehearsal-scenario', scenario);
  if (fault !== undefined) metadata.set('x-rehearsal-fault', fault);
  const call = client.generateTextStream({ prompt, model: 'm' }, metadata);
  const deltas: string[] = [];
  const name = `${scenario} of ${prompt.length}`;
  return new Promise((resolve) => {
    call.once('metadata', () => log.push(`${name} accepted`));
    call.on('data', ({ delta }: StreamChunk) => deltas.push(delta));
    call.once('end', () => {
      log.push(`${name} ended`);
      resolve({ text: deltas.join('') });
    });
    call.on('error', ({ message }: Error) => resolve({ text: deltas.join(''), error: message }));
  });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test.each([
  ['emoji', '😀'.repeat(1_000_000)],
  ['hiragana', 'あ'.repeat(1_000_000)],
  ['words with accents', 'cafe\u0301 '.repeat(166_667)],
  ['one emoji with a million joiners', `😀${'\u200d'.repeat(999_999)}`],
])(
  'an echo of a million characters (%s) is exact and keeps no other stream waiting',
  async (_, prompt) => {
    const client = await startAgent();
    await read(client, { prompt: 'first', scenario: 'echo' });
    const log: string[] = [];
    const large = read(client, { prompt, scenario: 'echo' }, log);
    const small = read(client, { prompt: 'small', scenario: 'echo' }, log);
    expect(await small).toEqual({ text: 'small' });
    const { text } = await large;
    expect(sha256(text)).toBe(sha256(prompt));
    expect(log).toEqual([
      'echo of 5 accepted',
      'echo of 5 ended',
      `echo of ${prompt.length} accepted`,
      `echo of ${prompt.length} ended`,
    ]);
  },
  60_000,
);

test('cases search a long prompt while other streams go on', async () => {
  const client = await startAgent();
  const log: string[] = [];
  const prompt = `${'あ'.repeat(900_000)}う`;
  const found = read(client, { prompt, scenario: 'matching' }, log);
  const missed = read(client, { prompt: `${prompt}!`, scenario: 'matching' }, log);
  const small = read(client, { prompt: 'small', scenario: 'echo' }, log);
  expect(await Promise.all([found, missed, small])).toEqual([
    { text: 'yes' },
    { text: 'no' },
    { text: 'small' },
  ]);
  expect(log[1]).toBe('echo of 5 ended');
}, 60_000);

test('a wrong fault is refused in a large request as in a small one', async () => {
  const client = await startAgent();
  const asked = { prompt: 'あ'.repeat(100_000), scenario: 'echo', fault: 'nothing' };
  expect(await read(client, asked)).toMatchObject({
    text: '',
    error: expect.stringContaining('fault: there is no "nothing"'),
  });
  expect(await read(client, { prompt: 'b', scenario: 'echo' })).toEqual({ text: 'b' });
});
