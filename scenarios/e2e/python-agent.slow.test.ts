import { credentials, status } from '@grpc/grpc-js';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { post, startGatewayBefore } from '../../gateway/testing/start-before.ts';
import { AgentServiceClient, type StreamChunk } from '../../proto/agent-service.ts';
import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { checkAgentAt } from '../check/testing/check-agent-at.ts';
import { ask } from './support/ask.ts';
import {
  buildPythonAgent,
  refusePythonAgent,
  skipsPython,
  startPythonAgent,
} from './support/peers/python-agent.ts';

/** Calls an agent without a gateway, and returns its chunks and the status of the call. */
function callAgent(address: string, prompt: string, deadlineMs = 20_000) {
  const client = new AgentServiceClient(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const deadline = Date.now() + deadlineMs;
  const call = client.generateTextStream({ prompt, model: 'gpt-4' }, { deadline });
  const chunks: Pick<StreamChunk, 'delta' | 'isFinal' | 'error'>[] = [];
  call.on('data', ({ delta, isFinal, error }: StreamChunk) => {
    chunks.push({ delta, isFinal, error });
  });
  call.on('error', () => {});
  return new Promise<{ chunks: typeof chunks; code: status; details: string }>((resolve) => {
    call.on('status', ({ code, details }) => resolve({ chunks, code, details }));
  });
}

const chunk = (delta: string, isFinal = false) => ({ delta, isFinal, error: '' });

describe.skipIf(skipsPython)('the agent in Python', () => {
  beforeAll(buildPythonAgent);

  test('repeats its prompt in a hundred streams at once', async () => {
    const { address } = await startPythonAgent('--model', 'model:tokens');
    const { url } = await startGatewayBefore(address);
    const prompts = Array.from({ length: 100 }, (_, n) => `A story of number ${n}, 写一段故事 👩🏽‍🚀`);
    const all = await Promise.all(
      prompts.map((prompt) => ask(url, { scenario: '', key: '', prompt }, 20_000)),
    );
    expect(all).toEqual(prompts.map((text) => ({ status: 200, outcome: 'completed', text })));
  });

  test('groups tokens to five characters, and sends the rest with the final chunk', async () => {
    const { address } = await startPythonAgent('--model', 'model:tokens');
    expect(await callAgent(address, 'a bc def ghij')).toEqual({
      chunks: [chunk('a bc '), chunk('def ghij'), chunk('', true)],
      code: status.OK,
      details: '',
    });
  });

  test('tears neither a family nor a flag apart', async () => {
    const { address } = await startPythonAgent();
    const { chunks } = await callAgent(address, 'characters');
    expect(chunks).toEqual([chunk('abcd👩\u200D👧'), chunk('wxyz🇨🇳'), chunk('end', true)]);
  });

  test('sends the text before an error, as a status or in a chunk', async () => {
    const { address } = await startPythonAgent();
    const failed = await callAgent(address, 'fail');
    expect(failed.chunks.at(-1)).toEqual(chunk('end'));
    expect(failed).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'quota is gone' });
    expect(await callAgent(address, 'crash')).toMatchObject({
      chunks: [chunk('end'), { delta: '', isFinal: false, error: 'out of memory' }],
      code: status.OK,
    });
    expect(await callAgent(address, '')).toMatchObject({
      chunks: [],
      code: status.INVALID_ARGUMENT,
      details: 'prompt: must not be empty',
    });
  });

  test('stops its model when the client leaves, and at the deadline', async () => {
    const { lines, address } = await startPythonAgent();
    const { endpoint } = await startGatewayBefore(address);
    const leave = async () => {
      const { body } = await post(endpoint, { prompt: 'hang' });
      await body?.cancel();
    };
    await Promise.all(Array.from({ length: 20 }, leave));
    await expect.poll(() => lines.filter((line) => line === 'cancelled')).toHaveLength(20);
    expect(await callAgent(address, 'hang', 500)).toMatchObject({
      chunks: [chunk('first')],
      code: status.DEADLINE_EXCEEDED,
    });
    await expect.poll(() => lines.filter((line) => line === 'cancelled')).toHaveLength(21);
  });

  test('is ready by its health service, and ends its streams on SIGTERM', async () => {
    const { agent, gone, address } = await startPythonAgent();
    const { url, endpoint } = await startGatewayBefore(address);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
    const response = await post(endpoint, { prompt: 'hang' });
    agent.kill('SIGTERM');
    expect(await response.text()).toMatch(/"first".*event: error\n.*"AGENT_UNAVAILABLE".*\n\n$/s);
    expect(await gone).toEqual([0, null]);
  });

  test('refuses files of TLS that it cannot use, in words', async () => {
    const authority = await createAuthority();
    const { cert, key } = await authority.issue();
    const { key: other } = await authority.issue();
    const [line] = /\n.*/.exec(cert) ?? [''];
    const files = await writeFiles({
      cert,
      key,
      other,
      junk: 'junk',
      damaged: cert.replace(line, '\n-'),
    });
    const pair = ['--tls-cert', files.cert, '--tls-key', files.key];
    const refused: [flags: string[], problem: string][] = [
      [['--client-ca', files.cert], '--client-ca needs --tls-cert and --tls-key too'],
      [['--tls-cert', files.cert], '--tls-cert and --tls-key need each other'],
      [['--tls-cert', files.junk, '--tls-key', files.key], `${files.junk} has no certificate`],
      [['--tls-cert', files.cert, '--tls-key', files.junk], `${files.junk} has no private key`],
      [['--tls-cert', files.cert, '--tls-key', files.other], `${files.other} is not the key of`],
      [['--tls-cert', 'none.pem', '--tls-key', files.key], 'none.pem cannot be read: No such file'],
      [['--tls-cert', files.damaged, '--tls-key', files.key], 'is damaged'],
      [[...pair, '--client-ca', files.junk], `${files.junk} has no certificate`],
      [[...pair, '--client-ca', files.damaged], `${files.damaged} has a damaged certificate`],
    ];
    for (const [flags, problem] of refused) {
      const { code, stderr } = await refusePythonAgent(...flags);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(problem) });
      expect(stderr).not.toContain('Traceback');
    }
    await startPythonAgent(...pair, '--client-ca', files.cert);
  });

  test('keeps every clause that can be judged without a failing prompt', async () => {
    const { address } = await startPythonAgent('--model', 'model:tokens');
    expect(await checkAgentAt(address, { chosen: () => true })).toEqual({
      departed: [],
      notTestable: ['C1', 'C2'],
    });
  }, 120_000);

  test('is checked over mutual TLS in every way', async () => {
    const authority = await createAuthority();
    const { ca, cert, key } = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
    const files = ['--tls-cert', cert, '--tls-key', key, '--client-ca', ca];
    const { address } = await startPythonAgent('--model', 'model:tokens', ...files);
    const trusted = { agentCa: ca, agentCert: cert, agentKey: key };
    // By gRPC, the question of its health, as bare HTTP/2, and below our gateway.
    const chosen = (id: string) => ['A5', 'health-reading', 'B4', 'D3-reading', 'E2'].includes(id);
    expect(await checkAgentAt(address, { tls: trusted, chosen })).toEqual({
      departed: [],
      notTestable: [],
    });
    await expect(checkAgentAt(address, { tls: { agentCa: ca }, chosen })).rejects.toThrow(
      /the agent (?:refuses a client without a certificate|closed the connection .* --agent-cert, or expect one)/,
    );
    await expect(checkAgentAt(address, { chosen })).rejects.toThrow(
      'the agent expects TLS; write --agent-tls',
    );
  });

  test('loses, in the form of the fragment, a final chunk and the text before an error', async () => {
    const { address } = await startPythonAgent('--stream', 'fragment');
    expect((await callAgent(address, 'even')).chunks).toEqual([chunk('abcde')]);
    expect((await callAgent(address, 'crash')).chunks).toEqual([
      { delta: '', isFinal: false, error: 'out of memory' },
    ]);
    const complete = await startPythonAgent();
    expect((await callAgent(complete.address, 'even')).chunks).toEqual([
      chunk('abcde'),
      chunk('', true),
    ]);
  });
});
