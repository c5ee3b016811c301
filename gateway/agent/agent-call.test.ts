import type { ServerHttp2Stream } from 'node:http2';
import { gzipSync } from 'node:zlib';

import { Channel, Metadata, status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';

import { frameChunk } from '../../proto/chunk-codec.ts';
import type { Reading } from './agent-channels.ts';
import { createAgentClient, type AgentCall } from './agent-client.ts';
import { specifiedInterface } from './agent-interface.ts';
import { createTappedCredentials, tappedCallOf } from './grpc-internals.ts';
import { startHttp2Agent } from '../testing/http2-agent.ts';
import { endCall, startScriptedAgent, type AgentScript } from '../testing/scripted-agent.ts';

const request = { prompt: 'hello', model: 'm', metadata: new Metadata() };

/** What a reader was told, in order: texts, and how it ended. */
function readAll(call: AgentCall) {
  const told: string[] = [];
  call.read({
    chunk: ({ delta }) => told.push(delta),
    ended: () => told.push('ended'),
    failed: ({ code, details }) => told.push(`${code}: ${details}`),
  });
  return told;
}

async function callOf(address: string, reading: Reading, limitMs = 60_000): Promise<AgentCall> {
  const client = createAgentClient(address, specifiedInterface, { reading });
  onTestFinished(client.close);
  const call = client.generate(request, limitMs);
  await call.accepted(100, new AbortController().signal);
  return call;
}

async function callBefore(script: AgentScript, reading: Reading, limitMs?: number) {
  const agent = await startScriptedAgent(script);
  onTestFinished(agent.close);
  return callOf(agent.address, reading, limitMs);
}

/** An agent that answers with bytes of the test's own. */
async function startRawAgent(
  answer: (stream: ServerHttp2Stream) => void,
  headers: Record<string, string> = {},
): Promise<string> {
  const { address } = await startHttp2Agent((stream) => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', ...headers },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    answer(stream);
  });
  return address;
}

const many = Array.from({ length: 300 }, (_, index) => `${index},`);

const sayMany: AgentScript = (call) => {
  for (const delta of many) call.write({ delta });
  call.end();
};

describe.each<Reading>(['tapped', 'delivered'])('a call read %s', (reading) => {
  test('delivers every chunk in order, then its end', async () => {
    const told = readAll(await callBefore(sayMany, reading));
    await expect.poll(() => told.at(-1)).toBe('ended');
    expect(told).toEqual([...many, 'ended']);
  });

  test('delivers the text before an error, then the error', async () => {
    const script: AgentScript = (call) => {
      for (const delta of many) call.write({ delta });
      endCall(call, status.INTERNAL, 'boom');
    };
    const told = readAll(await callBefore(script, reading));
    await expect.poll(() => told.at(-1)).toBe('GENERATION_ERROR: boom');
    expect(told.slice(0, -1)).toEqual(many);
  });

  test('delivers an end without any text', async () => {
    const told = readAll(await callBefore((call) => call.end(), reading));
    await expect.poll(() => told).toEqual(['ended']);
  });

  test('can be read before the agent’s first response, which may be its end', async () => {
    const late = (answer: AgentScript): AgentScript => {
      return (call) => void setTimeout(() => answer(call), 200);
    };
    const told = readAll(await callBefore(late(sayMany), reading));
    await expect.poll(() => told.at(-1)).toBe('ended');
    expect(told).toHaveLength(many.length + 1);
    const refuse: AgentScript = (call) => endCall(call, status.UNAVAILABLE, 'not now');
    const refused = readAll(await callBefore(late(refuse), reading));
    await expect.poll(() => refused).toEqual(['AGENT_UNAVAILABLE: not now']);
  });

  test('delivers nothing while it is paused, and everything after it resumes', async () => {
    const call = await callBefore(sayMany, reading);
    const told: string[] = [];
    call.read({
      chunk({ delta }) {
        told.push(delta);
        if (told.length % 100 === 0) call.pause();
      },
      ended: () => told.push('ended'),
      failed: () => told.push('failed'),
    });
    for (const count of [100, 200, 300]) {
      await expect.poll(() => told.length).toBe(count);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(told).toHaveLength(count);
      call.resume();
      expect(told).toHaveLength(count);
    }
    await expect.poll(() => told.at(-1)).toBe('ended');
    expect(told).toEqual([...many, 'ended']);
  });

  test('pauses the agent by flow control while it is paused itself', async () => {
    const block = 'x'.repeat(10_000);
    let written = 0;
    const script: AgentScript = (call) => {
      const write = () => {
        while (written < 1000) {
          written += 1;
          if (!call.write({ delta: block })) {
            call.once('drain', write);
            return;
          }
        }
        call.end();
      };
      write();
    };
    const call = await callBefore(script, reading);
    let received = 0;
    let ended = false;
    call.read({
      chunk() {
        received += 1;
        if (received === 1) call.pause();
      },
      ended() {
        ended = true;
      },
      failed() {},
    });
    await expect.poll(() => received).toBe(1);
    let before = -1;
    await expect
      .poll(() => {
        const stands = written === before;
        before = written;
        return stands;
      })
      .toBe(true);
    expect(written).toBeLessThan(100);
    call.resume();
    await expect.poll(() => ended).toBe(true);
    expect(received).toBe(1000);
  });

  test('delivers nothing after a cancel, which reaches the agent', async () => {
    let cancelled = false;
    const script: AgentScript = (call) => {
      call.once('cancelled', () => {
        cancelled = true;
      });
      const timer = setInterval(() => {
        if (!call.write({ delta: 'more' }) || cancelled) clearInterval(timer);
      }, 5);
    };
    const call = await callBefore(script, reading);
    const told = readAll(call);
    await expect.poll(() => told.length).toBeGreaterThan(2);
    call.cancel();
    const { length } = told;
    await expect.poll(() => cancelled).toBe(true);
    expect(told).toHaveLength(length);
  });

  test('fails with TIMEOUT at its deadline', async () => {
    const told = readAll(await callBefore((call) => call.write({ delta: 'a' }), reading, 300));
    await expect.poll(() => told).toEqual(['a', expect.stringMatching(/^TIMEOUT: /)]);
  });

  test('fails when the connection breaks', async () => {
    const address = await startRawAgent((stream) => {
      stream.write(frameChunk({ delta: 'a', isFinal: false, error: '' }));
      setTimeout(() => stream.session?.destroy(), 100);
    });
    const told = readAll(await callOf(address, reading));
    await expect.poll(() => told).toEqual(['a', expect.stringMatching(/^AGENT_UNAVAILABLE: /)]);
  });

  test('fails at a message that is too large or invalid', async () => {
    const answers = ['00ffffffff', '00000000020aff'].map((hex) => Buffer.from(hex, 'hex'));
    for (const bytes of answers) {
      const address = await startRawAgent((stream) => stream.write(bytes));
      const told = readAll(await callOf(address, reading));
      await expect
        .poll(() => told)
        .toEqual([
          expect.stringMatching(
            /^GENERATION_ERROR: (Received message larger than max \(4294967295 vs 4194304\)|Response message parsing error: .+)$/,
          ),
        ]);
    }
  });

  test('decompresses messages of the agent', async () => {
    const framed = frameChunk({ delta: '写'.repeat(100), isFinal: true, error: '' });
    const packed = gzipSync(framed.subarray(5));
    const prefix = Buffer.from([1, 0, 0, 0, packed.length]);
    const address = await startRawAgent(
      (stream) => stream.end(Buffer.concat([framed, prefix, packed])),
      { 'grpc-encoding': 'gzip' },
    );
    const told = readAll(await callOf(address, reading));
    await expect.poll(() => told).toEqual(['写'.repeat(100), '写'.repeat(100), 'ended']);
  });
});

test('a call read from its frames loses no text before an error while its reader is paused', async () => {
  const script: AgentScript = (call) => {
    for (const delta of many) call.write({ delta });
    endCall(call, status.INTERNAL, 'boom');
  };
  const call = await callBefore(script, 'tapped');
  const told: string[] = [];
  call.read({
    chunk({ delta }) {
      told.push(delta);
      call.pause();
      setTimeout(call.resume, 1);
    },
    ended: () => told.push('ended'),
    failed: ({ details }) => told.push(details),
  });
  await expect.poll(() => told.at(-1)).toBe('boom');
  expect(told).toEqual([...many, 'boom']);
});

test('grpc-js has the internals that reading from frames relies on', async () => {
  const agent = await startScriptedAgent(sayMany);
  onTestFinished(agent.close);
  const channel = new Channel(agent.address, createTappedCredentials(), {});
  onTestFinished(() => channel.close());
  const { path, serialize } = specifiedInterface;
  const call = channel.createCall(path, Infinity, null, null, null);
  await new Promise<void>((resolve) => {
    call.start(request.metadata, {
      onReceiveMetadata: () => resolve(),
      onReceiveMessage() {},
      onReceiveStatus() {},
    });
    call.sendMessageWithContext({}, serialize(request));
    call.halfClose();
  });
  const tapped = tappedCallOf(call);
  expect(tapped).toBeDefined();
  let received = '';
  tapped?.stream.read((payload) => {
    received += payload.toString('latin1');
  });
  await expect.poll(() => received).toContain(many.at(-1));
});
