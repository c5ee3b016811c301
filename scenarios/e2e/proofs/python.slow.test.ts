import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { Metadata } from '@grpc/grpc-js';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { createAgentClient } from '../../../gateway/agent/agent-client.ts';
import { specifiedInterface } from '../../../gateway/agent/agent-interface.ts';
import { post, startGatewayBefore } from '../../../gateway/testing/start-before.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../../mock-agent/plan/plan.ts';
import { readChunk } from '../../../proto/chunk-codec.ts';
import { readCertificates } from '../../../proto/http2/tls-files.ts';
import { createAuthority } from '../../../proto/testing/authority.ts';
import { writeFiles } from '../../../proto/testing/write-files.ts';
import { ask } from '../support/ask.ts';
import { startInProcess } from '../support/in-process-stack.ts';
import {
  buildPythonAgent,
  python,
  pythonScript,
  skipsPython,
  startPythonAgent,
} from '../support/peers/python-agent.ts';
import { printFigure, scaled } from './scale.ts';

/** Writes an authority, and a certificate of it with its key. */
async function certificateFiles(): Promise<{ ca: string; cert: string; key: string }> {
  const authority = await createAuthority();
  const { ca } = authority;
  return writeFiles({ ca, ...(await authority.issue()) });
}

describe.skipIf(skipsPython)('gRPC that is not ours', () => {
  beforeAll(buildPythonAgent);

  describe.each([[[]], [['--gzip']]])('an agent in Python, with flags %j', (flags) => {
    const words = { status: 200, outcome: 'completed', text: `${'abcde'.repeat(40)}!` };

    test('is streamed whole, alone and among many', async () => {
      const { address } = await startPythonAgent(...flags);
      const { url } = await startGatewayBefore(address);
      const say = (prompt: string) => ask(url, { scenario: '', key: 'k', prompt }, 10_000);
      expect(await say('words')).toEqual(words);
      const many = await Promise.all(Array.from({ length: 100 }, () => say('words')));
      expect(new Set(many.map((each) => JSON.stringify(each)))).toEqual(
        new Set([JSON.stringify(many[0])]),
      );
      expect(many[0]).toEqual(words);
    });

    test('may say much in little time, and much in one message', async () => {
      const { address } = await startPythonAgent(...flags);
      const { url } = await startGatewayBefore(address);
      const say = (prompt: string) => ask(url, { scenario: '', key: 'k', prompt }, 10_000);
      const numbers = Array.from({ length: 3000 }, (_, number) => String(number).padStart(5, '0'));
      expect((await say('burst')).text).toBe(numbers.join(''));
      expect((await say('large')).text).toBe('é'.repeat(1_900_000));
    });

    test('fails, is left and goes away', async () => {
      const { agent, lines, address } = await startPythonAgent(...flags);
      const { url, endpoint } = await startGatewayBefore(address);
      const say = (prompt: string) => ask(url, { scenario: '', key: 'k', prompt }, 10_000);
      const failed = { outcome: 'failed', code: 'RATE_LIMITED', text: `${'word '.repeat(5)}end` };
      expect(await say('fail')).toMatchObject(failed);

      const { body } = await post(endpoint, { prompt: 'hang' });
      await body?.cancel();
      await expect.poll(() => lines).toContain('cancelled');

      const left = Promise.all(Array.from({ length: 20 }, () => say('hang')));
      setTimeout(() => agent.kill('SIGKILL'), 500);
      for (const each of await left) expect(each.code).toBe('AGENT_UNAVAILABLE');
    });
  });

  test('a client in Python reads our agent, fast and slow on one connection', async () => {
    const behaviour = {
      text: { generate: { chars: 3000 } },
      firstToken: '10ms',
      interToken: '0.1ms',
    };
    const { agent } = await startInProcess(behaviour);
    const { stdout } = await promisify(execFile)(
      python,
      [pythonScript('client.py'), agent.address, '100', '7'],
      { maxBuffer: 100_000_000 },
    );
    const results = resultsSchema.parse(JSON.parse(stdout));
    expect(results).toHaveLength(100);
    for (const { key, messages, status } of results) {
      const chunks = messages.map((hex) => readChunk(Buffer.from(hex, 'hex')));
      const request = { scenario: 'test', key, prompt: 'hello', model: 'gpt-4' };
      const { text } = planStream(behaviourSchema.parse(behaviour), 1, request);
      expect(status).toBe('OK');
      expect(chunks.map(({ delta }) => delta).join('')).toBe(text);
      expect(chunks.filter(({ isFinal }) => isFinal)).toHaveLength(1);
    }
  });

  describe('over TLS', () => {
    /** The reason that the agent sends may be lost with its connection. */
    const refusal =
      /the agent (?:refuses a client without a certificate|refuses the certificate of --agent-cert|closed the connection before it answered in HTTP.2; it may refuse the certificate)/;
    const words = { status: 200, outcome: 'completed', text: `${'abcde'.repeat(40)}!` };

    test('an agent in Python is streamed whole', async () => {
      const { ca, key, cert } = await certificateFiles();
      const { address } = await startPythonAgent('--tls-key', key, '--tls-cert', cert);
      const { url } = await startGatewayBefore(address, { agentCa: ca });
      const many = Array.from({ length: 50 }, () =>
        ask(url, { scenario: '', key: 'k', prompt: 'words' }, 10_000),
      );
      for (const each of await Promise.all(many)) expect(each).toEqual(words);
    });

    test('an agent in Python with mutual TLS accepts our certificate, and no other', async () => {
      const { ca, key, cert } = await certificateFiles();
      const { address } = await startPythonAgent(
        '--tls-key',
        key,
        '--tls-cert',
        cert,
        '--client-ca',
        ca,
      );
      const trusted = await startGatewayBefore(address, {
        agentCa: ca,
        agentCert: cert,
        agentKey: key,
      });
      const request = { scenario: '', key: 'k', prompt: 'words' };
      expect(await ask(trusted.url, request, 10_000)).toEqual(words);
      const anonymous = await startGatewayBefore(address, { agentCa: ca });
      expect(await (await post(anonymous.endpoint, { prompt: 'words' })).json()).toMatchObject({
        code: 'AGENT_UNAVAILABLE',
        details: expect.stringMatching(refusal),
      });
      const other = await certificateFiles();
      const stranger = await startGatewayBefore(address, {
        agentCa: ca,
        agentCert: other.cert,
        agentKey: other.key,
      });
      expect(await (await post(stranger.endpoint, { prompt: 'words' })).json()).toMatchObject({
        code: 'AGENT_UNAVAILABLE',
        details: expect.stringMatching(refusal),
      });
    });

    test.each(['TLS', 'mutual TLS'])('a client in Python reads our agent, %s', async (kind) => {
      const { ca, key, cert } = await certificateFiles();
      const clientCa = kind === 'TLS' ? undefined : ca;
      const flags = { ca: '--client-ca', cert: '--tls-cert', key: '--tls-key' };
      const certificates = readCertificates({ cert, key, ca: clientCa }, flags, () => {});
      const behaviour = { text: { given: 'hello over TLS' } };
      const { agent } = await startInProcess(behaviour, {}, [], { certificates });
      const statusesWith = async (...files: string[]) => {
        const args = [pythonScript('client.py'), agent.address, '20', '7', ...files];
        const { stdout } = await promisify(execFile)(python, args);
        const results = resultsSchema.parse(JSON.parse(stdout));
        return [...new Set(results.map(({ status }) => status))];
      };
      expect(await statusesWith(ca, key, cert)).toEqual(['OK']);
      expect(await statusesWith(ca)).toEqual([kind === 'TLS' ? 'OK' : 'UNAVAILABLE']);
    });
  });

  test('an agent in Python may think, however often its silent connection is probed', async () => {
    const { address } = await startPythonAgent();
    const limits = { handshakeMs: 5000, probeAfterMs: 20, answerMs: 5000 };
    const client = createAgentClient(address, specifiedInterface, { limits });
    onTestFinished(client.close);
    const request = { prompt: 'think 3', model: 'm', metadata: new Metadata() };
    const call = client.generate(request, 30_000);
    await call.accepted(5000, new AbortController().signal);
    const told: string[] = [];
    call.read({
      chunk: ({ delta }) => told.push(delta),
      ended: () => told.push('ended'),
      failed: ({ code, details }) => told.push(`${code}: ${details}`),
    });
    await expect.poll(() => told).toEqual(['first', '!', 'ended']);
    expect(limits.probeAfterMs).toBe(20);
  });

  test.runIf(scaled(0, 1) === 1)(
    'an agent in Python with default options that thinks for 75 s is streamed whole',
    { timeout: 120_000 },
    async () => {
      const { address } = await startPythonAgent();
      const { url } = await startGatewayBefore(address);
      const answer = await ask(url, { scenario: '', key: 'k', prompt: 'think 75' }, 100_000);
      expect(answer).toEqual({ status: 200, outcome: 'completed', text: 'first!' });
      printFigure('an agent on gRPC’s C core that thinks for 75 s: whole');
    },
  );

  test('a client in Python may cancel 300 calls of a method that our agent does not have', async () => {
    const { agent } = await startInProcess({});
    const cancelled = promisify(execFile)(python, [
      pythonScript('cancel_unknown.py'),
      agent.address,
    ]);
    expect((await cancelled).stdout).toBe('300 UNIMPLEMENTED\n');
  });
});

const resultsSchema = z.array(
  z.object({ key: z.string(), messages: z.array(z.string()), status: z.string() }),
);
