import { expect, test } from 'vitest';

import { formatTrace, parseTrace, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import { dialectNames, type DialectName } from '../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../proto/dialects/index.ts';
import { startInProcess } from '../e2e/support/in-process-stack.ts';
import { endlessHead, message, plainAnswer, startRawServer } from '../load/testing/raw-server.ts';
import { recordStream } from './record-stream.ts';

const never = new AbortController().signal;
const ample = { idleMs: 20_000, streamMs: 20_000 };

const tools = {
  'openai-chat': [{ type: 'function', function: { name: 'weather', parameters: {} } }],
  'openai-responses': [{ type: 'function', name: 'weather', parameters: {} }],
  'anthropic-messages': [{ name: 'weather', input_schema: {} }],
  'ai-sdk-ui': [{ name: 'weather', inputSchema: {} }],
} as const;

function recordIn(name: DialectName | undefined, url: string) {
  const dialect = name && dialectNamed(name).dialect;
  const body = name && { tools: tools[name] };
  return recordStream(url, { prompt: 'hello', model: 'gpt-4', dialect, body }, ample, never);
}

const source = {
  reasoning: { given: 'First I think about it: 天气 🌦️.' },
  text: { given: 'Let me look – one moment.' },
  toolCalls: [
    { name: 'weather', arguments: { city: 'Lisbon', days: 3 } },
    { name: 'weather', arguments: { city: 'Łódź' } },
  ],
  firstToken: '40ms',
  interToken: '3ms',
};

/** Each piece of text, reasoning and arguments, with its time, and what is said once. */
function piecesOf(chunks: readonly TraceChunk[]) {
  const calls = chunks.flatMap(({ ms, toolCalls = [] }) =>
    toolCalls.map((fragment) => ({ ms, ...fragment })),
  );
  const timed = (pieces: { ms: number; piece: string | undefined }[]) =>
    pieces.filter(({ piece }) => piece !== undefined && piece !== '');
  const { finishReason, usage } = chunks.at(-1) ?? {};
  return {
    text: timed(chunks.map(({ ms, text }) => ({ ms, piece: text }))),
    reasoning: timed(chunks.map(({ ms, reasoning }) => ({ ms, piece: reasoning }))),
    arguments: timed(
      calls.map((call) => ({ ms: call.ms, piece: `${call.index} ${call.arguments}` })),
    ).filter(({ piece }) => !piece?.endsWith(' ')),
    names: calls.flatMap(({ id, name }) => (id === '' ? [] : [`${id} ${name}`])),
    finishReason,
    usage,
  };
}

type Pieces = ReturnType<typeof piecesOf>;

const withoutTimes = ({ text, reasoning, arguments: pieces, names, finishReason }: Pieces) => ({
  text: text.map(({ piece }) => piece),
  reasoning: reasoning.map(({ piece }) => piece),
  arguments: pieces.map(({ piece }) => piece),
  names,
  finishReason,
});

const timesOf = ({ text, reasoning, arguments: pieces }: Pieces) =>
  [...reasoning, ...text, ...pieces].map(({ ms }) => ms);

test.each(dialectNames)('a recording of %s is replayed in every dialect', async (name) => {
  const first = await startInProcess(source);
  const recorded = await recordIn(name, first.gateway.url);
  const trace = parseTrace(formatTrace(recorded));
  expect(trace.problems).toEqual([]);
  const original = piecesOf(trace.chunks);
  expect(original.reasoning.length).toBeGreaterThan(3);
  expect(original.text.length).toBeGreaterThan(3);
  expect(original.arguments.length).toBeGreaterThan(5);
  expect(original.names).toHaveLength(2);
  expect(original.finishReason).toBe('tool-calls');
  // The format of the AI SDK has no usage.
  expect(original.usage === undefined).toBe(name === 'ai-sdk-ui');

  const second = await startInProcess({ trace: { given: trace.chunks } });
  for (const other of dialectNames) {
    const replayed = piecesOf(await recordIn(other, second.gateway.url));
    expect([other, withoutTimes(replayed)]).toEqual([other, withoutTimes(original)]);
    // Without a recorded usage the agent sends an estimate.
    const usage = other === 'ai-sdk-ui' ? undefined : (original.usage ?? replayed.usage);
    expect([other, replayed.usage]).toEqual([other, usage]);
    // No piece of a replay comes before its time.
    const due = timesOf(original);
    const early = timesOf(replayed).filter((ms, index) => ms < (due[index] ?? 0));
    expect([other, early]).toEqual([other, []]);
  }
});

test('an agent is recorded with its parts', async () => {
  const { agent } = await startInProcess({ ...source, finishReason: 'length' });
  const recorded = piecesOf(await recordIn(undefined, `grpc://${agent.address}`));
  expect(recorded.reasoning.map(({ piece }) => piece).join('')).toBe(source.reasoning.given);
  expect(recorded.names).toHaveLength(2);
  expect(recorded).toMatchObject({ finishReason: 'length', usage: { inputTokens: 2 } });
});

/** A server that answers with these bytes, and the requests that it got. */
async function foreign(answer: string) {
  const { url, requests } = await startRawServer((_, socket) => socket.end(answer));
  return { url, requests };
}

test('the request has the headers of the format, the key, more headers and more fields', async () => {
  const { url, requests } = await foreign(
    `${endlessHead}event: message_stop\ndata: {"type":"message_stop"}\n\n`,
  );
  const { dialect } = dialectNamed('anthropic-messages');
  const request = {
    prompt: 'hello',
    model: 'opus',
    dialect,
    token: 'k3y',
    headers: { 'x-tenant': 'blue' },
    body: { max_tokens: 7 },
  };
  await recordStream(new URL(url).origin, request, ample, never);
  const [sent] = requests;
  expect(sent).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'k3y', 'anthropic-version': '2023-06-01', 'x-tenant': 'blue' },
  });
  expect(Object.keys(sent?.headers ?? {}).join()).not.toMatch(/authorization|x-rehearsal/);
  expect(JSON.parse(sent?.body ?? '')).toMatchObject({
    model: 'opus',
    max_tokens: 7,
    stream: true,
  });
});

const completion = { object: 'chat.completion', choices: [] };

test.each([
  ['openai-chat', message('Hello'), 'in the specified format: leave out --dialect'],
  [undefined, 'data: {"choices":[{"delta":{"content":"H"}}]}\n\n', '--dialect openai-chat'],
  ['openai-chat', 'data: {"type":"start"}\n\n', '--dialect ai-sdk-ui'],
  ['openai-chat', 'data: {"choices":[{"delta":{"content":"H"}}]}\n\n', 'it ended without [DONE]'],
  [
    'anthropic-messages',
    'event: error\ndata: {"type":"error","error":{"type":"a_b","message":"no"}}\n\n',
    'the stream failed: a_b: no',
  ],
] as const)('%s: a stream that cannot be recorded is named: %s', async (name, body, reason) => {
  const { url } = await foreign(endlessHead + body);
  await expect(recordIn(name, url)).rejects.toThrow(reason);
});

test.each([
  [
    undefined,
    'application/json',
    JSON.stringify(completion),
    'this is JSON in one piece; it answers in OpenAI chat format',
  ],
  ['anthropic-messages', 'text/html', '<!doctype html><p>Hi', 'this is an HTML page'],
  ['openai-chat', 'text/plain', '{"a":1}\n{"b":2}\n', 'this is NDJSON, one object a line'],
] as const)('%s: an answer that is not a stream is named: %s', async (name, type, body, reason) => {
  const { url } = await foreign(plainAnswer(200, type, body));
  await expect(recordIn(name, url)).rejects.toThrow(reason);
});
