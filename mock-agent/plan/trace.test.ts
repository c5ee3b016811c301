import fc from 'fast-check';
import { expect, test } from 'vitest';

import { behaviourSchema } from './behaviour.ts';
import { planStream } from './plan.ts';
import { formatTrace, parseTrace } from './trace.ts';

const request = { scenario: 'test', key: 'k', prompt: 'a', model: 'm' };
const given = [
  { ms: 312, text: 'Hel' },
  { ms: 340.4, text: 'lo' },
  { ms: 400, text: '' },
];

const plan = (behaviour: object, seed = 1) =>
  planStream(behaviourSchema.parse(behaviour), seed, request);

test('a trace is replayed chunk by chunk at its times, under any seed', () => {
  for (const seed of [1, 2]) {
    expect(plan({ trace: { given } }, seed)).toMatchObject({
      text: 'Hello',
      acceptAtMs: 0,
      chunks: [
        { atMs: 312, delta: 'Hel', isFinal: false },
        { atMs: 340, delta: 'lo', isFinal: false },
        { atMs: 400, delta: '', isFinal: true },
      ],
      end: { kind: 'final', atMs: 400 },
    });
  }
});

test('a trace is replayed at a speed', () => {
  const times = (speed: unknown) =>
    plan({ trace: { given }, speed }).chunks.map(({ atMs }) => atMs);
  expect(times(2)).toEqual([156, 170, 200]);
  expect(times('instant')).toEqual([0, 0, 0]);
});

test('faults strike a trace like any stream', () => {
  const faults = [{ errorStatus: { at: { chunks: 1 }, status: 'INTERNAL', details: 'lost' } }];
  expect(plan({ trace: { given }, faults })).toMatchObject({
    text: 'Hel',
    chunks: [{ atMs: 312, delta: 'Hel' }],
    end: { kind: 'status', atMs: 312, status: 'INTERNAL' },
  });
});

test.each([
  ['text', { given: 'a' }],
  ['firstToken', '5ms'],
  ['interToken', '5ms'],
  ['tokenChars', { min: 1, max: 4 }],
  ['chunkChars', 5],
])('%s next to a trace is rejected with the reason', (key, value) => {
  const { error } = behaviourSchema.safeParse({ trace: { given }, [key]: value });
  expect(error?.issues).toMatchObject([
    {
      path: [key],
      message: `a trace has its own text, chunks and times: leave out ${key} or the trace`,
    },
  ]);
});

test('a problem of an inline trace has its path', () => {
  const chunks = [
    { ms: 5, text: 'a' },
    { ms: 4, text: 'b' },
  ];
  const { error } = behaviourSchema.safeParse({ trace: { given: chunks } });
  expect(error?.issues[0]).toMatchObject({
    code: 'invalid_union',
    errors: [[{ path: ['given', 1, 'ms'] }], expect.anything()],
  });
});

test('formatTrace writes one line per chunk', () => {
  expect(
    formatTrace([
      { ms: 312, text: 'Hel' },
      { ms: 340, text: '"\n' },
    ]),
  ).toBe('{"ms":312,"text":"Hel"}\n{"ms":340,"text":"\\"\\n"}\n');
});

test('parseTrace returns what formatTrace has written', () => {
  const chunk = fc.record({ ms: fc.nat(1000), text: fc.string({ unit: 'grapheme' }) });
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1 }), (unsorted) => {
      const chunks = unsorted.toSorted((a, b) => a.ms - b.ms);
      expect(parseTrace(formatTrace(chunks))).toEqual({ chunks, problems: [] });
    }),
  );
});

test('parseTrace accepts empty lines, CR LF, and a last line without a line end', () => {
  const jsonl = '{"ms":1,"text":"a"}\r\n\r\n{"text":"b","ms":1}';
  expect(parseTrace(jsonl).chunks).toEqual([
    { ms: 1, text: 'a' },
    { ms: 1, text: 'b' },
  ]);
});

test('every invalid line is reported with its number', () => {
  const jsonl = [
    '{"ms": 5, "text": "a"}',
    'hello',
    '',
    '{"ms": 4, "text": "b"}',
    '{"ms": -1, "text": "c"}',
    '{"ms": "5ms", "text": "d"}',
    '{"ms": 5, "txt": "e"}',
    '{"ms": 5, "text": "\\ud83d"}',
    '[]',
    '{"ms": 1e400, "text": "f"}',
  ].join('\n');
  expect(parseTrace(jsonl).problems).toEqual([
    { line: 2, message: 'not JSON; a line is a chunk: {"ms": 312, "text": "Hel"}' },
    { line: 4, message: 'ms: 4 is before the chunk above, at 5; sort the chunks by time' },
    { line: 5, message: 'ms: must be at least 0' },
    { line: 6, message: 'ms: must be a number' },
    { line: 7, message: 'unknown key "txt"' },
    { line: 7, message: 'text: is missing; a chunk has a text or parts' },
    { line: 8, message: 'text: has half a surrogate pair in it, which cannot be sent' },
    { line: 9, message: 'must be a map' },
    { line: 10, message: 'ms: must be a number' },
  ]);
  expect(parseTrace('{"ms": 5, "text": "a"}\n{"ms": 4, "text": "b"}').problems).toEqual([
    { line: 2, message: 'ms: 4 is before the chunk above, at 5; sort the chunks by time' },
  ]);
});

test('a trace has at least one chunk, and limits of its chunks and its text', () => {
  expect(parseTrace('\n').problems).toEqual([
    { line: 1, message: 'a trace has at least one chunk' },
  ]);
  expect(parseTrace('{"ms":1,"text":""}\n'.repeat(100_001)).problems).toEqual([
    { line: 1, message: 'a trace has at most 100000 chunks' },
  ]);
  const long = formatTrace([{ ms: 1, text: 'x'.repeat(1_000_001) }]);
  expect(parseTrace(long).problems).toEqual([
    { line: 1, message: 'the text and the parts of a trace have at most 1000000 characters' },
  ]);
});

const usage = { inputTokens: 9, outputTokens: 7, reasoningTokens: 2, cachedTokens: 0 };
const parts = [
  { ms: 10, text: '', reasoning: 'Hm.' },
  { ms: 20, text: 'Look' },
  { ms: 30, text: '', toolCalls: [{ index: 0, id: 'call_1', name: 'find', arguments: '' }] },
  { ms: 40, text: '', toolCalls: [{ index: 0, id: '', name: '', arguments: '{"a":1}' }] },
  { ms: 50, text: '', finishReason: 'tool-calls' as const, usage },
];

test('a trace with parts is written without empty texts, and replayed with its parts', () => {
  const jsonl = formatTrace(parts);
  expect(jsonl.split('\n')[0]).toBe('{"ms":10,"reasoning":"Hm."}');
  const { chunks, problems } = parseTrace(jsonl);
  expect({ chunks, problems }).toEqual({ chunks: parts, problems: [] });
  expect(plan({ trace: { given: chunks } }).chunks).toEqual(
    parts.map(({ ms, text, ...others }, index) => ({
      atMs: ms,
      delta: text,
      isFinal: index === parts.length - 1,
      ...(Object.keys(others).length === 0 ? {} : { parts: others }),
    })),
  );
});

test('finish reason and usage of the behaviour override those of a trace', () => {
  const { chunks } = plan({
    trace: { given: parts },
    finishReason: 'length',
    usage: { outputTokens: 1 },
  });
  expect(chunks.at(-1)?.parts).toEqual({
    finishReason: 'length',
    usage: { ...usage, outputTokens: 1 },
  });
});

test('tool calls of a trace without a finish reason finish with tool-calls in a conversation', () => {
  const messages = [{ role: 'user' as const, content: 'a', toolCalls: [], toolCallId: '' }];
  const { chunks } = planStream(
    behaviourSchema.parse({ trace: { given: parts.slice(0, -1) } }),
    1,
    { ...request, messages },
  );
  expect(chunks.at(-1)?.parts).toMatchObject({
    toolCalls: [{ arguments: '{"a":1}' }],
    finishReason: 'tool-calls',
    usage: { outputTokens: 4, reasoningTokens: 1 },
  });
});

test('finish reason and usage belong to the last chunk', () => {
  expect(
    parseTrace('{"ms":1,"text":"a","finishReason":"stop"}\n{"ms":2,"text":""}').problems,
  ).toEqual([{ line: 1, message: 'finishReason: belongs to the last chunk of a trace' }]);
});
