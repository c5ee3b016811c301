import type { Socket } from 'node:net';

import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';

import {
  endCall,
  startScriptedAgent,
  type AgentScript,
} from '../../gateway/testing/scripted-agent.ts';
import type { TraceChunk } from '../../mock-agent/plan/trace.ts';
import {
  chunk,
  errorEvent,
  endlessHead,
  message,
  ping,
  plainAnswer,
  refusingUrl,
  startRawServer,
  streamHead,
} from '../load/testing/raw-server.ts';
import { startInProcess } from '../e2e/support/in-process-stack.ts';
import { recordStream } from './record-stream.ts';

const request = { prompt: 'Tell me a story', model: 'gpt-4' };
const never = new AbortController().signal;
const ample = { idleMs: 20_000, streamMs: 20_000 };

const record = (target: string, limits = ample, signal = never) =>
  recordStream(target, request, limits, signal);

const textsOf = (chunks: readonly TraceChunk[]) => chunks.map(({ text }) => text);

/** Starts a foreign server that answers every request with `answer`. */
async function server(answer: (socket: Socket) => void) {
  const raw = await startRawServer((_, socket) => answer(socket));
  return raw;
}

/** Starts a server whose stream consists of these bytes. */
const body = (...pieces: string[]) =>
  server((socket) => {
    socket.write(endlessHead);
    for (const piece of pieces) socket.write(piece);
    socket.end();
  });

async function agent(script: AgentScript): Promise<string> {
  const { address, close } = await startScriptedAgent(script);
  onTestFinished(close);
  return `grpc://${address}`;
}

test('a stream of our gateway is recorded with its text, in the order of its times', async () => {
  const { endpoint } = await startInProcess({
    text: { given: 'Hello, world' },
    interToken: '30ms',
  });
  const chunks = await record(endpoint);
  expect(textsOf(chunks).join('')).toBe('Hello, world');
  const times = chunks.map(({ ms }) => ms);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('a stream of our agent, replayed and recorded again, is the same chunk by chunk', async () => {
  const first = await startInProcess({ firstToken: '20ms', interToken: { tokensPerSecond: 1000 } });
  const once = await record(`grpc://${first.agent.address}`);
  expect(once.length).toBeGreaterThan(50);
  const second = await startInProcess({ trace: { given: once } });
  const twice = await record(`grpc://${second.agent.address}`);
  expect(textsOf(twice)).toEqual(textsOf(once));
  // No chunk of a replay leaves before its time.
  expect(twice.filter(({ ms }, index) => ms < (once[index]?.ms ?? 0))).toEqual([]);
});

test('the recorder sends the specified request, to the specified path if the URL has none', async () => {
  const raw = await body(message('a', true));
  await recordStream(
    `${new URL(raw.url).origin}?scenario=x`,
    { ...request, token: 's3cret' },
    ample,
    never,
  );
  expect(raw.requests).toMatchObject([
    {
      method: 'POST',
      path: '/api/v1/ai/generate?scenario=x',
      headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret' },
      body: '{"prompt":"Tell me a story","model":"gpt-4","stream":true}',
    },
  ]);
});

test.each([
  ['as gin writes them', 'event:message\ndata:{"delta":"故","isFinal":false}\n\n'],
  ['with data lines only', 'data: {"delta":"故","isFinal":false}\n\n'],
  ['with CRLF line ends', 'event: message\r\ndata: {"delta":"故","isFinal":false}\r\n\r\n'],
  ['among pings and comments', `: hi\n\n${ping}${message('故')}${ping}`],
])('messages %s are chunks', async (_, messages) => {
  const raw = await body(messages, 'event:message\ndata:{"delta":"","isFinal":true}\n\n');
  expect(textsOf(await record(raw.url))).toEqual(['故', '']);
});

test('a recording ends with the final message, although the connection stays open', async () => {
  const raw = await server((socket) => {
    socket.write(endlessHead + message('a') + message('b', true));
  });
  expect(textsOf(await record(raw.url))).toEqual(['a', 'b']);
  await raw.deserted();
});

test.each([
  [
    'an error event',
    [message('a'), errorEvent],
    'the stream failed: GENERATION_ERROR: no: out of tokens, after 1 chunk',
  ],
  [
    'no final message',
    [message('a'), message('b')],
    'the stream was cut: it ended without a final message, after 2 chunks',
  ],
  ['nothing at all', [], 'the stream was cut: it ended without a final message'],
  ['other data', ['data: {"text":"a"}\n\n'], 'the stream breaks the protocol: data of a message'],
  [
    'half a character',
    [message('a'), 'data: {"delta":"\\ud83d","isFinal":true}\n\n'],
    'no agent can replay this stream: chunk 2: text: has half a surrogate pair in it, which cannot be sent',
  ],
  [
    'endless text',
    [message('x'.repeat(600_000)), message('x'.repeat(600_000), true)],
    'the stream is longer than the maximum of a trace, after 2 chunks',
  ],
])('a stream with %s makes no trace', async (_, pieces, problem) => {
  const raw = await body(...pieces);
  await expect(record(raw.url)).rejects.toMatchObject({ code: 'recording', message: problem });
});

test.each([
  [
    429,
    'application/json',
    '{"error":"slow down","code":"RATE_LIMITED","details":""}',
    'status 429 RATE_LIMITED',
  ],
  [307, 'text/plain', 'elsewhere', 'status 307'],
  [200, 'text/html', '<p>hello</p>', 'content type text/html'],
])('a response with %d and %s is reported as such', async (code, type, content, why) => {
  const raw = await server((socket) => socket.end(plainAnswer(code, type, content)));
  await expect(record(raw.url)).rejects.toThrow(`the response is not a stream: ${why}`);
});

test('a closed port and a broken connection are reported as such', async () => {
  const nowhere = await refusingUrl();
  await expect(record(nowhere)).rejects.toThrow(
    `${new URL(nowhere).origin} cannot be reached: ECONNREFUSED`,
  );
  const raw = await server((socket) => {
    socket.write(streamHead);
    socket.write(chunk(message('a')), () => setTimeout(() => socket.resetAndDestroy(), 50));
  });
  await expect(record(raw.url)).rejects.toThrow(/^the connection broke: \S.*, after 1 chunk$/);
});

test.each(['gateway', 'agent'] as const)(
  'the limits end the recording of a %s that stalls',
  async (kind) => {
    const { endpoint, agent } = await startInProcess({
      text: { given: 'a'.repeat(100) },
      firstToken: '0ms',
      interToken: '50ms',
      faults: [{ silence: { at: { chunks: 2 } } }],
    });
    const target = kind === 'agent' ? `grpc://${agent.address}` : endpoint;
    await expect(record(target, { ...ample, idleMs: 1000 })).rejects.toThrow(
      /^no chunk for 1 s, after \d+ chunks?$/,
    );
    await expect(record(target, { ...ample, streamMs: 1000 })).rejects.toThrow(
      /^the stream was still open after 1 s, after \d+ chunks?$/,
    );
    await expect.poll(() => agent.stats().streamsOpen).toBe(0);
  },
);

test('an abort of a recording ends its stream', async () => {
  const { endpoint, agent } = await startInProcess({ firstToken: '20s' });
  for (const target of [endpoint, `grpc://${agent.address}`]) {
    const interrupt = new AbortController();
    const recording = record(target, ample, interrupt.signal);
    recording.catch(() => {});
    await expect.poll(() => agent.stats().streamsOpen).toBe(1);
    interrupt.abort(new Error('enough'));
    await expect(recording).rejects.toThrow('enough');
    await expect.poll(() => agent.stats().streamsOpen).toBe(0);
  }
});

test('a foreign agent is recorded, and receives the token', async () => {
  let authorization: unknown;
  const target = await agent((call) => {
    [authorization] = call.metadata.get('authorization');
    call.write({ delta: 'Hel' });
    call.write({ delta: '' });
    call.write({ delta: 'lo', isFinal: true });
    call.end();
  });
  const chunks = await recordStream(target, { ...request, token: 's3cret' }, ample, never);
  expect(textsOf(chunks)).toEqual(['Hel', '', 'lo']);
  expect(authorization).toBe('Bearer s3cret');
});

test.each<[string, AgentScript, string]>([
  [
    'fails',
    (call) => endCall(call, status.RESOURCE_EXHAUSTED, 'slow down'),
    'the stream failed: RESOURCE_EXHAUSTED: slow down',
  ],
  [
    'sends an error',
    (call) => {
      call.write({ error: 'out of tokens' });
      call.end();
    },
    'the stream failed: out of tokens',
  ],
  [
    'ends too early',
    (call) => {
      call.write({ delta: 'a' });
      call.end();
    },
    'the stream ended without a final chunk, after 1 chunk',
  ],
])('the stream of an agent that %s makes no trace', async (_, script, problem) => {
  await expect(record(await agent(script))).rejects.toMatchObject({
    code: 'recording',
    message: problem,
  });
});

test.each([
  ['ftp://127.0.0.1/x', '"ftp://127.0.0.1/x" is not a URL with http, https, grpc or grpcs'],
  ['127.0.0.1:8080', '"127.0.0.1:8080" is not a URL with http, https, grpc or grpcs'],
  ['grpc://127.0.0.1', '"grpc://127.0.0.1": write the URL of an agent as grpc://host:port'],
  ['grpc://127.0.0.1:1/x', 'write the URL of an agent as grpc://host:port'],
  ['http://user:hunter2@127.0.0.1:1', 'a URL must not contain a user or a password'],
])('%s is refused as a target', async (target, why) => {
  const error = await record(target).catch((error: unknown) => error as Error);
  expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(why) });
  expect(error).not.toMatchObject({ message: expect.stringContaining('hunter2') });
});
