import fc from 'fast-check';
import { expect, test } from 'vitest';

import { buildAnswer } from '../../proto/dialects/answer.ts';
import type { ChatMessage, ChatTool } from '../../proto/parts.ts';
import { behaviourSchema } from './behaviour.ts';
import { planSha256, planStream, type PlanRequest, type StreamPlan } from './plan.ts';

const question: ChatMessage = { role: 'user', content: '12345678', toolCalls: [], toolCallId: '' };

const weather: ChatTool = {
  name: 'get_weather',
  description: '',
  parameters: JSON.stringify({
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 3 } },
    required: ['city', 'days'],
  }),
};

const steady = {
  firstToken: '100ms',
  interToken: '10ms',
  tokenChars: { min: 2, max: 2 },
  chunkChars: 4,
};

function plan(behaviour: object, request: Partial<PlanRequest> = {}): StreamPlan {
  return planStream(behaviourSchema.parse(behaviour), 1, {
    scenario: 'test',
    key: 'k',
    prompt: 'hello',
    model: 'm',
    ...request,
  });
}

function answerOf({ chunks }: StreamPlan) {
  const builder = buildAnswer();
  for (const chunk of chunks) builder.message(chunk);
  return builder.answer();
}

test('reasoning comes before the text, token by token at the same pace', () => {
  const { chunks, text } = plan({
    ...steady,
    reasoning: { given: 'aabbcc' },
    text: { given: 'ddee' },
  });
  expect(chunks).toEqual([
    { atMs: 110, delta: '', isFinal: false, parts: { reasoning: 'aabb' } },
    { atMs: 120, delta: '', isFinal: false, parts: { reasoning: 'cc' } },
    { atMs: 140, delta: 'ddee', isFinal: false },
    { atMs: 140, delta: '', isFinal: true },
  ]);
  expect(text).toBe('ddee');
});

test('reasoning changes no text and no gap between its chunks', () => {
  const bare = plan({ chunkChars: 1 });
  const thoughtful = plan({ chunkChars: 1, reasoning: { generate: { chars: 90 } } });
  const said = thoughtful.chunks.filter(({ parts }) => parts === undefined);
  const [first, other] = [bare.chunks[0], said[0]];
  expect(thoughtful.text).toBe(bare.text);
  expect(answerOf(thoughtful).reasoning).toHaveLength(90);
  expect(answerOf(thoughtful).reasoning).not.toBe(bare.text.slice(0, 90));
  for (const [index, { atMs, delta }] of said.entries()) {
    const planned = bare.chunks[index];
    expect(delta).toBe(planned?.delta);
    const [gap, bareGap] = [atMs - (other?.atMs ?? 0), (planned?.atMs ?? 0) - (first?.atMs ?? 0)];
    // Each time is rounded by itself.
    expect(Math.abs(gap - bareGap)).toBeLessThanOrEqual(1);
  }
});

test('a tool call comes after the text, in fragments whose first has id and name', () => {
  const { chunks } = plan({
    ...steady,
    text: { given: 'aa' },
    toolCalls: [{ name: 'find', arguments: { city: 'Oslo' } }],
  });
  const fragments = chunks.flatMap(({ parts }) => parts?.toolCalls ?? []);
  expect(chunks[0]).toEqual({ atMs: 100, delta: 'aa', isFinal: false });
  expect(chunks.at(-1)).toEqual({ atMs: chunks.at(-2)?.atMs, delta: '', isFinal: true });
  expect(fragments[0]).toMatchObject({ index: 0, name: 'find' });
  expect(fragments[0]?.id).toMatch(/^call_[A-Za-z0-9]{24}$/);
  for (const { id, name, index } of fragments.slice(1)) {
    expect({ id, name, index }).toEqual({ id: '', name: '', index: 0 });
  }
  expect(fragments.map((each) => each.arguments).join('')).toBe('{"city":"Oslo"}');
});

test('beside tool calls a stream has a text only where the scenario says so', () => {
  expect(plan({ toolCalls: [{ name: 'find' }] }).text).toBe('');
  expect(plan({ toolCalls: [{ name: 'find' }], text: { generate: {} } }).text).toHaveLength(500);
  expect(plan({ text: 'none' }).chunks).toMatchObject([{ delta: '', isFinal: true }]);
});

test('fragments are as long as the call says, or the whole arguments at once', () => {
  const argumentsOf = (fragmentChars: unknown, key: string) =>
    plan(
      { ...steady, toolCalls: [{ name: 'f', arguments: '{"a":"bcdef"}', fragmentChars }] },
      { key },
    )
      .chunks.flatMap(({ parts }) => parts?.toolCalls ?? [])
      .map((each) => each.arguments);
  const openings = new Set<boolean>();
  for (let index = 0; index < 20; index += 1) {
    const pieces = argumentsOf(6, `k${index}`);
    openings.add(pieces[0] === '');
    expect(pieces.filter((piece) => piece !== '')).toEqual(['{"a":"', 'bcdef"', '}']);
    expect(argumentsOf('whole', `k${index}`)).toEqual(['{"a":"bcdef"}']);
  }
  expect(openings).toEqual(new Set([true, false]));
});

test('interleaved calls take turns, sequential ones do not', () => {
  const toolCalls = ['a', 'b'].map((name) => ({ name, arguments: { value: 'x'.repeat(20) } }));
  const orderOf = (toolCallOrder: string) =>
    plan({ ...steady, toolCalls, toolCallOrder })
      .chunks.flatMap(({ parts }) => parts?.toolCalls ?? [])
      .map(({ index }) => index);
  expect(orderOf('sequential').join('')).toMatch(/^0+1+$/);
  expect(orderOf('interleaved').join('')).toMatch(/^(?:01){6,}0*1*$/);
  const [first, second] = answerOf(
    plan({ ...steady, toolCalls, toolCallOrder: 'interleaved' }),
  ).toolCalls;
  expect([first?.arguments, second?.arguments]).toEqual(
    toolCalls.map((call) => JSON.stringify(call.arguments)),
  );
});

test('arguments that a scenario leaves out fit the schema of the tool that the request brings', () => {
  const request = { messages: [question], tools: [weather] };
  const [call] = answerOf(plan({ toolCalls: [{ name: 'get_weather' }] }, request)).toolCalls;
  expect(JSON.parse(call?.arguments ?? '')).toEqual({
    city: expect.any(String),
    days: expect.toBeOneOf([1, 2, 3]),
  });
  const [unnamed] = answerOf(plan({ toolCalls: [{}] }, request)).toolCalls;
  expect(unnamed).toEqual(call);
});

test.each([
  ['without the tool', [{ name: 'other' }], '{}'],
  ['with a schema that cannot be read', [{ name: 'broken' }], '{}'],
])('a call %s has no arguments', (_, toolCalls, expected) => {
  const tools = [{ name: 'broken', description: '', parameters: '{' }];
  const [call] = answerOf(plan({ toolCalls }, { tools })).toolCalls;
  expect(call?.arguments).toBe(expected);
});

test('a call without a name is left out where the request has no tools', () => {
  expect(answerOf(plan({ toolCalls: [{}] }, { messages: [question] }))).toMatchObject({
    toolCalls: [],
    finishReason: 'stop',
  });
});

test('the final chunk of a conversation has finish reason and usage, that of a prompt neither', () => {
  const behaviour = {
    ...steady,
    reasoning: { given: 'aabb' },
    text: { given: 'ccddee' },
    toolCalls: [{ name: 'f', arguments: { a: 1 }, fragmentChars: 'whole' }],
  };
  expect(plan(behaviour).chunks.at(-1)).not.toHaveProperty('parts');
  expect(plan(behaviour, { messages: [question, question] }).chunks.at(-1)?.parts).toEqual({
    finishReason: 'tool-calls',
    usage: { inputTokens: 4, outputTokens: 2 + 3 + 4, reasoningTokens: 2, cachedTokens: 0 },
  });
});

test('a scenario sets finish reason and usage, and what it leaves out is counted', () => {
  const behaviour = { ...steady, text: { given: 'aabb' } };
  const partsOf = (settings: object) => plan({ ...behaviour, ...settings }).chunks.at(-1)?.parts;
  const usage = { inputTokens: 2, outputTokens: 2, reasoningTokens: 0, cachedTokens: 0 };
  expect(partsOf({ finishReason: 'length' })).toEqual({ finishReason: 'length', usage });
  expect(partsOf({ usage: { cachedTokens: 9 } })).toEqual({
    finishReason: 'stop',
    usage: { ...usage, cachedTokens: 9 },
  });
});

test('a trace ends like any stream', () => {
  const trace = { given: [{ ms: 5, text: '12345' }] };
  expect(plan({ trace }).chunks[0]).not.toHaveProperty('parts');
  expect(plan({ trace }, { messages: [question] }).chunks).toMatchObject([
    { delta: '12345', parts: { finishReason: 'stop', usage: { outputTokens: 2 } } },
  ]);
});

test('a client that has read the text gets the tool calls at their distance from it', () => {
  const behaviour = {
    ...steady,
    reasoning: { given: 'aabb' },
    text: { given: 'ccdd' },
    toolCalls: [{ name: 'f', arguments: '{}', fragmentChars: 'whole' }],
  };
  expect(plan(behaviour, { fromChar: 4 }).chunks.map(({ atMs }) => atMs)).toEqual([0, 0, 10, 10]);
});

test.each<[object, string]>([
  [{ reasoning: 'hm' }, 'write given: "some thoughts", or generate'],
  [{ reasoning: { generate: { chars: 1, tokens: 1 } } }, 'write the length in chars or in tokens'],
  [{ reasoning: { generate: { tokens: 900_000 } } }, 'that many tokens can exceed'],
  [{ toolCalls: [] }, 'the list is empty'],
  [{ toolCalls: [{ arguments: 7 }] }, 'write a map such as'],
  [{ toolCalls: [{ fragmentChars: 'all' }] }, 'write a number of characters, or whole'],
  [{ toolCallOrder: 'interleaved' }, 'an order needs toolCalls'],
  [
    { trace: { given: [{ ms: 0, text: 'a' }] }, toolCalls: [{}] },
    'leave out toolCalls or the trace',
  ],
  [{ trace: { given: [{ ms: 0, text: 'a' }] }, reasoning: { given: 'a' } }, 'leave out reasoning'],
])('%j is refused', (behaviour, message) => {
  const { error } = behaviourSchema.safeParse(behaviour);
  expect(error?.issues.map((issue) => issue.message)).toEqual([expect.stringContaining(message)]);
});

const someText = fc.oneof(
  fc.record({ given: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) }),
  fc.record({ generate: fc.record({ chars: fc.integer({ min: 1, max: 120 }) }) }),
);

/** Behaviours with every part. */
const behaviours = fc
  .record(
    {
      text: fc.oneof(someText, fc.constant('none')),
      reasoning: someText,
      toolCalls: fc.array(
        fc.record(
          {
            name: fc.constantFrom('a', 'get_weather'),
            arguments: fc.oneof(
              fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue(), { maxKeys: 3 }),
              fc.string({ unit: 'grapheme' }),
            ),
            fragmentChars: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant('whole')),
          },
          { requiredKeys: ['name'] },
        ),
        { minLength: 1, maxLength: 4 },
      ),
      chunkChars: fc.integer({ min: 1, max: 20 }),
    },
    { requiredKeys: ['toolCalls'] },
  )
  .map((input) => ({ input, behaviour: behaviourSchema.safeParse(input).data }))
  .filter(({ behaviour }) => behaviour !== undefined);

const generatedArguments: unknown = expect.stringMatching(/^\{.*\}$/);

/** Returns what arguments are on the wire, or a matcher for those that are generated. */
function writtenArguments(given: unknown): unknown {
  if (given === undefined) return generatedArguments;
  return typeof given === 'string' ? given : JSON.stringify(given);
}

test('the chunks of any stream put together are its parts, in order and in time', () => {
  fc.assert(
    fc.property(behaviours, fc.boolean(), fc.string(), ({ input }, isInterleaved, key) => {
      const order = { toolCallOrder: isInterleaved ? 'interleaved' : 'sequential' };
      const request = { key, messages: [question], tools: [weather] };
      const planned = plan({ ...input, ...order }, request);
      const answer = answerOf(planned);
      expect(answer.text).toBe(planned.text);
      expect(answer.toolCalls.map(({ name }) => name)).toEqual(
        input.toolCalls.map(({ name }) => name),
      );
      expect(answer.toolCalls.map((call) => call.arguments)).toEqual(
        input.toolCalls.map((call) => writtenArguments(call.arguments)),
      );
      const times = planned.chunks.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(new Set(answer.toolCalls.map(({ id }) => id)).size).toBe(answer.toolCalls.length);
      expect(planSha256(plan({ ...input, ...order }, request))).toBe(planSha256(planned));
    }),
    { seed: 20_251_021, numRuns: 200 },
  );
});
