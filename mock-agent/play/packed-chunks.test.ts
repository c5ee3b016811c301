import fc from 'fast-check';
import { expect, test } from 'vitest';

import { bytesOf, offsetOf, packChunks, unpackChunk } from './packed-chunks.ts';

const chunk = fc.record(
  {
    // Up to a minute, or up to the largest 32-bit integer.
    atMs: fc.oneof(fc.nat(60_000), fc.nat()),
    delta: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('long '.repeat(5000))),
    isFinal: fc.boolean(),
    error: fc.string(),
    parts: fc.constantFrom({ reasoning: 'Hm.' }, { finishReason: 'stop' as const }),
  },
  { requiredKeys: ['atMs', 'delta', 'isFinal'] },
);

test('unpacking returns the packed chunks', () => {
  fc.assert(
    fc.property(fc.array(chunk), (chunks) => {
      const packed = packChunks(chunks);
      expect(packed.count).toBe(chunks.length);
      for (const [index, expected] of chunks.entries()) {
        const { atMs, ...message } = expected;
        expect(offsetOf(packed, index)).toBe(atMs);
        expect(unpackChunk(packed, index)).toMatchObject(message);
      }
    }),
  );
});

test('the memory of chunks includes their reasoning and arguments', () => {
  const bytesOfReasoning = (reasoning: string) =>
    bytesOf(packChunks([{ atMs: 0, delta: '', isFinal: false, parts: { reasoning } }]));
  const toolCalls = [{ index: 0, id: 'a', name: 'b', arguments: 'x'.repeat(500) }];
  const packed = packChunks([{ atMs: 0, delta: '', isFinal: false, parts: { toolCalls } }]);
  expect(bytesOfReasoning('x'.repeat(1000)) - bytesOfReasoning('')).toBe(2000);
  expect(bytesOf(packed) - bytesOfReasoning('')).toBe(1000);
});
