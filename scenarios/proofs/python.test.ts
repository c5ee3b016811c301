import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { closeAfterTest, post, startGatewayBefore } from '../../gateway/testing/start-before.ts';
import { behaviourSchema } from '../../mock-agent/behaviour.ts';
import { planStream } from '../../mock-agent/plan.ts';
import { readChunk } from '../../proto/chunk-codec.ts';
import { ask } from '../testing/ask.ts';
import { startInProcess } from '../testing/in-process-stack.ts';

/** Debian has gRPC for its own Python, which is not always the first that is found. */
const python = ['/usr/bin/python3', 'python3'].find(knowsGrpc);

const skips = python === undefined && process.env['REQUIRE_BROWSER'] !== '1';

function knowsGrpc(command: string): boolean {
  try {
    execFileSync(command, ['-c', 'import grpc'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(`../testing/python/${script}`, import.meta.url));
}

/** Where they are wanted and missing, the error says that no such command was found. */
const interpreter = python ?? 'python3 with grpcio';

async function startPythonAgent(compression: string) {
  const agent = spawn(interpreter, [pathOf('agent.py'), compression], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  agent.stdout.setEncoding('utf8');
  agent.stdout.on('data', (text: string) => said.push(...text.trim().split('\n')));
  const gone = once(agent, 'exit');
  closeAfterTest(async () => {
    agent.kill('SIGKILL');
    await gone;
  });
  await once(agent.stdout, 'data');
  return { agent, said, address: `127.0.0.1:${said[0]}` };
}

describe.skipIf(skips)('gRPC that is not ours', () => {
  describe.each(['none', 'gzip'])('an agent in Python, compression %s', (compression) => {
    const words = { status: 200, outcome: 'completed', text: `${'abcde'.repeat(40)}!` };

    test('is streamed whole, alone and among many', { timeout: 30_000 }, async () => {
      const { address } = await startPythonAgent(compression);
      const { url } = await startGatewayBefore(address);
      const say = (prompt: string) => ask(url, { scenario: '', key: 'k', prompt }, 10_000);
      expect(await say('words')).toEqual(words);
      const many = await Promise.all(Array.from({ length: 100 }, () => say('words')));
      expect(new Set(many.map((each) => JSON.stringify(each)))).toEqual(
        new Set([JSON.stringify(many[0])]),
      );
      expect(many[0]).toEqual(words);
    });

    test('may say much in little time, and much in one message', { timeout: 30_000 }, async () => {
      const { address } = await startPythonAgent(compression);
      const { url } = await startGatewayBefore(address);
      const say = (prompt: string) => ask(url, { scenario: '', key: 'k', prompt }, 10_000);
      const numbers = Array.from({ length: 3000 }, (_, number) => String(number).padStart(5, '0'));
      expect((await say('burst')).text).toBe(numbers.join(''));
      expect((await say('large')).text).toBe('é'.repeat(1_900_000));
    });

    test('fails, is left and goes away', { timeout: 30_000 }, async () => {
      const { agent, said, address } = await startPythonAgent(compression);
      const { url, endpoint } = await startGatewayBefore(address);
      const say = (prompt: string) => ask(url, { scenario: '', key: 'k', prompt }, 10_000);
      const failed = { outcome: 'failed', code: 'RATE_LIMITED', text: 'word '.repeat(5) };
      expect(await say('fail')).toMatchObject(failed);

      const { body } = await post(endpoint, { prompt: 'hang' });
      await body?.cancel();
      await expect.poll(() => said).toContain('cancelled');

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
      interpreter,
      [pathOf('client.py'), agent.address, '100', '7'],
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
});

const resultsSchema = z.array(
  z.object({ key: z.string(), messages: z.array(z.string()), status: z.string() }),
);
