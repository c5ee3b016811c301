import { isDeepStrictEqual } from 'node:util';

import Anthropic from '@anthropic-ai/sdk';
import { Metadata } from '@grpc/grpc-js';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { readRaw } from '../../../gateway/testing/read-raw.ts';
import type { AgentScript } from '../../../gateway/testing/scripted-agent.ts';
import { startBefore } from '../../../gateway/testing/start-before.ts';
import type { OutgoingChunk } from '../../../proto/agent-service.ts';
import { quirks, wireMetadata, type Quirk } from '../../../proto/wire-fault.ts';
import { dialectForms, readStreamBody, streamedForms } from '../support/dialect-forms.ts';

/** Known deviations of servers from their own format: what the wire carries of each. */

const chunks: OutgoingChunk[] = [
  { delta: 'Let me ' },
  { delta: 'look.' },
  { parts: { toolCalls: [{ index: 0, id: 'call_a', name: 'weather', arguments: '{"city"' }] } },
  { parts: { toolCalls: [{ index: 0, id: '', name: '', arguments: ':"Oslo"}' }] } },
  { parts: { toolCalls: [{ index: 1, id: 'call_b', name: 'time', arguments: '{"zone":' }] } },
  { parts: { toolCalls: [{ index: 1, id: '', name: '', arguments: '1}' }] } },
  {
    isFinal: true,
    parts: {
      finishReason: 'tool-calls',
      usage: { inputTokens: 7, outputTokens: 9, reasoningTokens: 0, cachedTokens: 0 },
    },
  },
];

const calls = [
  { id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
  { id: 'call_b', name: 'time', arguments: '{"zone":1}' },
];

function agentWith(kind: Quirk | undefined): AgentScript {
  return (call) => {
    const metadata = new Metadata();
    if (kind !== undefined) {
      metadata.set(wireMetadata, JSON.stringify([{ fault: 'quirk', kind }]));
    }
    call.sendMetadata(metadata);
    for (const chunk of chunks) call.write(chunk);
    call.end();
  };
}

const startWith = (kind: Quirk | undefined) =>
  startBefore(agentWith(kind), { wireFaults: true, acceptWaitMs: 30_000 });

/** The bodies of each dialect's streams with a quirk, which ask for usage where a request has to. */
async function bodiesWith(kind: Quirk | undefined): Promise<Record<string, string>> {
  const { url } = await startWith(kind);
  const bodies = streamedForms.map(async ({ dialect, path, body }) => {
    const asksUsage =
      dialect.name === 'openai-chat' ? { stream_options: { include_usage: true } } : {};
    const raw = await readRaw(url, path, { body: body('hello', asksUsage) });
    return [dialect.name, raw.body] as const;
  });
  return Object.fromEntries(await Promise.all(bodies));
}

const fragmentsSchema = z.looseObject({
  choices: z.array(
    z.looseObject({
      delta: z.looseObject({
        tool_calls: z
          .array(
            z.looseObject({
              index: z.int().optional(),
              id: z.string().optional(),
              function: z.looseObject({ name: z.string().optional(), arguments: z.string() }),
            }),
          )
          .optional(),
      }),
    }),
  ),
});

/** The fragments of tool calls, as chat chunks carry them. */
function fragmentsOf(body: string) {
  return [...body.matchAll(/^data: (\{.*)$/gm)].flatMap(([, json = '']) =>
    fragmentsSchema.parse(JSON.parse(json)).choices.flatMap(({ delta }) => delta.tool_calls ?? []),
  );
}

test('without a quirk every dialect carries the whole answer', async () => {
  const bodies = await bodiesWith(undefined);
  for (const { dialect } of streamedForms) {
    expect(readStreamBody(dialect, bodies[dialect.name] ?? '')).toMatchObject({
      text: 'Let me look.',
      toolCalls: calls,
      finishReason: 'tool-calls',
      isComplete: true,
      isMalformed: false,
    });
  }
  expect(fragmentsOf(bodies['openai-chat'] ?? '').map(({ index, id }) => [index, id])).toEqual([
    [0, 'call_a'],
    [0, undefined],
    [1, 'call_b'],
    [1, undefined],
  ]);
});

type Mark = (body: string) => boolean;

const has =
  (pattern: RegExp): Mark =>
  (body) =>
    pattern.test(body);
const lacks =
  (pattern: RegExp): Mark =>
  (body) =>
    !pattern.test(body);
const fragmentsAre =
  (read: (fragment: ReturnType<typeof fragmentsOf>[number]) => unknown, planned: unknown[]): Mark =>
  (body) =>
    isDeepStrictEqual(fragmentsOf(body).map(read), planned);

/** Whether the arguments of both calls begin and end with an empty piece. */
const piecesAre =
  (field: string, type: string): Mark =>
  (body) => {
    const events = body.split('\n').filter((line) => line.includes(type));
    const pieces = events.flatMap(
      (line) => new RegExp(`"${field}":("(?:[^"\\\\]|\\\\.)*")`).exec(line)?.[1] ?? [],
    );
    const written = pieces.map((piece) => JSON.parse(piece) as unknown);
    // Some formats close both calls at the end.
    return (
      ['', '{"city"', ':"Oslo"}', '{"zone":', '1}'].every((piece) => written.includes(piece)) &&
      written.filter((piece) => piece === '').length === 4
    );
  };

/** By what a quirk is known on the wire of a dialect; left out where the dialect has no place for it. */
const marks: Readonly<Record<Quirk, Readonly<Record<string, Mark>>>> = {
  'no-terminator': {
    'openai-chat': lacks(/\[DONE\]/),
    'openai-responses': lacks(/event: response\.(?:completed|incomplete|failed)/),
    'anthropic-messages': lacks(/event: message_stop/),
    'ai-sdk-ui': lacks(/\[DONE\]/),
  },
  'no-finish-reason': {
    'openai-chat': lacks(/"finish_reason":"/),
    'anthropic-messages': lacks(/"stop_reason":"/),
    'ai-sdk-ui': lacks(/finishReason/),
  },
  'no-usage': {
    'openai-chat': lacks(/"usage":\{/),
    'openai-responses': lacks(/"usage":\{/),
    'anthropic-messages': lacks(/event: message_delta\ndata: .*"usage"/),
  },
  'no-tool-index': {
    'openai-chat': fragmentsAre(({ index }) => index ?? null, Array(4).fill(null)),
  },
  'tool-index-zero': { 'openai-chat': fragmentsAre(({ index }) => index, [0, 0, 0, 0]) },
  'repeated-tool-id': {
    'openai-chat': fragmentsAre(
      ({ id, function: { name } }) => [id, name],
      [
        ['call_a', 'weather'],
        ['call_a', 'weather'],
        ['call_b', 'time'],
        ['call_b', 'time'],
      ],
    ),
  },
  'empty-tool-fragments': {
    'openai-chat': fragmentsAre(
      ({ index, function: { arguments: piece } }) => `${index} ${piece}`,
      ['0 ', '0 {"city"', '0 :"Oslo"}', '1 ', '1 {"zone":', '1 1}', '0 ', '1 '],
    ),
    'openai-responses': piecesAre('delta', 'function_call_arguments.delta'),
    'anthropic-messages': piecesAre('partial_json', 'content_block_delta'),
    'ai-sdk-ui': piecesAre('inputTextDelta', 'tool-input-delta'),
  },
  'unknown-field': {
    'openai-chat': has(/"x_unknown":true/),
    'openai-responses': has(/"x_unknown":true/),
    'anthropic-messages': has(/"x_unknown":true/),
    'ai-sdk-ui': has(/"xUnknown":true/),
  },
  'unknown-event': {
    'openai-chat': has(/"object":"x\.unknown"/),
    'openai-responses': has(/event: response\.x_unknown/),
    'anthropic-messages': has(/event: x_unknown/),
    'ai-sdk-ui': has(/"type":"x-unknown"/),
  },
  'ping-event': {
    'openai-chat': has(/event: ping\ndata: \{"type":"ping"\}\n\n/),
    'openai-responses': has(/event: ping\ndata: \{"type":"ping"\}\n\n/),
    'ai-sdk-ui': has(/event: ping\ndata: \{"type":"ping"\}\n\n/),
  },
};

/** What is left of an answer with a quirk, where that is less than all of it. */
const leftBy: Readonly<Partial<Record<Quirk, object>>> = {
  'no-terminator': { isComplete: false },
  // The calls run into each other, as they do at a client.
  'no-tool-index': { isComplete: true },
  'tool-index-zero': { isComplete: true },
};

test.each(quirks)('%s is on the wire of each dialect with the place for it', async (kind) => {
  const [bodies, healthy] = [await bodiesWith(kind), await bodiesWith(undefined)];
  for (const { dialect } of streamedForms) {
    const [body, plain] = [bodies[dialect.name] ?? '', healthy[dialect.name] ?? ''];
    const mark = marks[kind][dialect.name];
    const isOther = withoutIds(body) !== withoutIds(plain);
    expect([dialect.name, isOther, mark?.(body), mark?.(plain)]).toEqual(
      mark === undefined
        ? [dialect.name, false, undefined, undefined]
        : [dialect.name, true, true, false],
    );
    expect(readStreamBody(dialect, body)).toMatchObject({
      text: 'Let me look.',
      isMalformed: false,
      ...(mark === undefined
        ? { toolCalls: calls, isComplete: true }
        : (leftBy[kind] ?? { toolCalls: calls, isComplete: true })),
    });
  }
});

/** An agent that does not describe its streams has every stream get ids of its own. */
function withoutIds(body: string): string {
  return body
    .replaceAll(/"(?:id|item_id|messageId|system_fingerprint|signature)":"[^"]*"/g, '""')
    .replaceAll(/"(?:created|created_at)":\d+/g, '""');
}

test.each(['unknown-field', 'unknown-event', 'no-usage', 'empty-tool-fragments'] as const)(
  'the real clients read a stream with %s to its end',
  async (kind) => {
    const { url } = await startWith(kind);
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    let text = '';
    const chat = await openai.chat.completions.create({ model: 'm', messages, stream: true });
    for await (const { choices } of chat) text += choices[0]?.delta.content ?? '';
    expect(text).toBe('Let me look.');
    text = '';
    const events = await openai.responses.create({ model: 'm', input: 'hello', stream: true });
    for await (const event of events) {
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    expect(text).toBe('Let me look.');
    if (kind === 'no-usage') return;
    const anthropic = new Anthropic({ baseURL: url, apiKey: 'any', maxRetries: 0 });
    const message = await anthropic.messages
      .stream({ model: 'm', max_tokens: 100, messages })
      .finalMessage();
    expect(message.content).toMatchObject([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', name: 'weather', input: { city: 'Oslo' } },
      { type: 'tool_use', name: 'time', input: { zone: 1 } },
    ]);
  },
);

const wholeForms = dialectForms.filter(({ isStreamed }) => !isStreamed);

/** By what a quirk is known in a whole answer. */
const wholeMarks: Readonly<Partial<Record<Quirk, Readonly<Record<string, RegExp>>>>> = {
  'no-usage': {
    'openai-chat': /^(?!.*"usage")/,
    'openai-responses': /"usage":null/,
    'anthropic-messages': /^(?!.*"usage")/,
  },
  'no-finish-reason': {
    'openai-chat': /"finish_reason":null/,
    'anthropic-messages': /"stop_reason":null/,
  },
  'unknown-field': {
    'openai-chat': /"x_unknown":true/,
    'openai-responses': /"x_unknown":true/,
    'anthropic-messages': /"x_unknown":true/,
  },
};

test.each(quirks)('a whole answer has %s where it has the place for it', async (kind) => {
  const { url } = await startWith(kind);
  for (const { dialect, path, body } of wholeForms) {
    const raw = await readRaw(url, path, { body: body('hello') });
    const marked = Object.entries(wholeMarks)
      .filter(([, patterns]) => patterns[dialect.name]?.test(raw.body))
      .map(([name]) => name);
    const hasPlace = wholeMarks[kind]?.[dialect.name] !== undefined;
    expect([dialect.name, marked]).toEqual([dialect.name, hasPlace ? [kind] : []]);
    expect(dialect.readWhole?.(JSON.parse(raw.body))).toMatchObject({
      text: 'Let me look.',
      toolCalls: calls,
      finishReason: hasPlace && kind === 'no-finish-reason' ? undefined : 'tool-calls',
    });
  }
});
