import fc from 'fast-check';
import { expect, test } from 'vitest';

import { offsetOf, packChunks, unpackChunk } from './packed-chunks.ts';

const chunk = fc.record(
  {
    // Up to a minute, or as long as it may be.
    atMs: fc.oneof(fc.nat(60_000), fc.nat()),
    delta: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('long '.repeat(5000))),
    isFinal: fc.boolean(),
    error: fc.string(),
  },
  { requiredKeys: ['atMs', 'delta', 'isFinal'] },
);

test('packed chunks are those that were packed', () => {
  fc.assert(
    fc.property(fc.array(chunk), (chunks) => {
      const packed = packChunks(chunks);
      expect(packed.count).toBe(chunks.length);
      for (const [index, expected] of chunks.entries()) {
        const { atMs, ...sent } = expected;
        expect(offsetOf(packed, index)).toBe(atMs);
        expect(unpackChunk(packed, index)).toMatchObject(sent);
      }
    }),
  );
});
