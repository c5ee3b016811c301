import { expect, test } from 'vitest';

import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { applyFault, faultSchema } from './index.ts';
import { cutAt } from './place.ts';
import { trickle } from './agent/trickle.ts';
import { noFinal } from './agent/no-final.ts';

const usage = { inputTokens: 1, outputTokens: 4, reasoningTokens: 1, cachedTokens: 0 };
const fragment = { index: 0, id: 'call_1', name: 'find', arguments: '{}' };

/** Reasoning at 100 ms, text at 110 ms, a tool call at 120 ms, and a final chunk at 130 ms. */
const stream: PlannedStream = {
  acceptAtMs: 0,
  chunks: [
    { atMs: 100, delta: '', isFinal: false, parts: { reasoning: 'hm' } },
    { atMs: 110, delta: 'aa', isFinal: false },
    { atMs: 120, delta: '', isFinal: false, parts: { toolCalls: [fragment] } },
    { atMs: 130, delta: 'b', isFinal: true, parts: { finishReason: 'tool-calls', usage } },
  ],
  end: { kind: 'final', atMs: 130 },
  wire: [],
};

test('a place in characters counts the text alone', () => {
  expect(cutAt(stream, { chars: 1 })?.before).toHaveLength(2);
  expect(cutAt(stream, { chunks: 1 })?.before).toHaveLength(1);
});

test('the finish reason and the usage stay with the end, wherever the last text goes', () => {
  const { before, after } = cutAt(stream, 'end') ?? {};
  expect(before?.at(-1)).toEqual({ atMs: 130, delta: 'b', isFinal: false });
  expect(after).toEqual([{ ...stream.chunks[3], delta: '' }]);
  expect(noFinal.apply(stream, {})?.chunks.at(-1)).not.toHaveProperty('parts');
});

test('a tool call in the final chunk counts as sent before the end', () => {
  const final: PlannedChunk = { atMs: 0, delta: '', isFinal: true };
  const parts = { toolCalls: [fragment], finishReason: 'tool-calls' } as const;
  const cut = cutAt({ ...stream, chunks: [{ ...final, parts }] }, 'end');
  expect(cut?.before).toEqual([{ ...final, isFinal: false, parts: { toolCalls: [fragment] } }]);
  expect(cut?.after).toEqual([{ ...final, parts: { finishReason: 'tool-calls' } }]);
});

test('a trickle keeps reasoning, tool calls and the end, in order', () => {
  const trickled = trickle.apply(stream, { at: 'start', interval: 5 });
  expect(trickled?.chunks).toEqual([
    { atMs: 100, delta: '', isFinal: false, parts: { reasoning: 'h' } },
    { atMs: 105, delta: '', isFinal: false, parts: { reasoning: 'm' } },
    { atMs: 110, delta: 'a', isFinal: false },
    { atMs: 115, delta: 'a', isFinal: false },
    { atMs: 120, delta: '', isFinal: false, parts: { toolCalls: [fragment] } },
    { atMs: 125, delta: 'b', isFinal: false },
    { atMs: 130, delta: '', isFinal: true, parts: { finishReason: 'tool-calls', usage } },
  ]);
});

test('a wire fault inside a part names it, beside its place in the text', () => {
  const [swap, duplicate] = [
    faultSchema.parse({ swappedEvents: { at: { chunks: 2 } } }),
    faultSchema.parse({ duplicatedEvent: { at: { chunks: 2 } } }),
  ];
  const another = { ...fragment, id: '', name: '', arguments: '' };
  const chunk: PlannedChunk = { atMs: 125, delta: '', isFinal: false };
  const chunks = stream.chunks.toSpliced(3, 0, { ...chunk, parts: { toolCalls: [another] } });
  const longer = { ...stream, chunks: chunks.with(4, { ...chunk, isFinal: true }) };
  expect(applyFault(duplicate, longer)?.wire).toEqual([
    { fault: 'event', how: 'duplicated', fromChar: 2, toChar: 2, part: 1 },
  ]);
  // The text alone has no message to swap with.
  expect(applyFault(swap, longer)?.wire).toEqual([
    { fault: 'event', how: 'swapped', fromChar: 2, toChar: 2, part: 1 },
  ]);
  const cut = faultSchema.parse({ truncate: { at: { chunks: 3 } } });
  expect(applyFault(cut, stream)?.wire).toMatchObject([{ afterChars: 2, afterParts: 2 }]);
});

test('a swap with the last part strikes neither parts nor text', () => {
  const swap = faultSchema.parse({ swappedEvents: { at: { chunks: 2 } } });
  const final: PlannedChunk = { atMs: 130, delta: '', isFinal: true };
  expect(applyFault(swap, { ...stream, chunks: stream.chunks.with(3, final) })).toBeUndefined();
});
