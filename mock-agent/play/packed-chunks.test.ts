import fc from 'fast-check';
import { expect, test } from 'vitest';

import { offsetOf, packChunks, unpackChunk } from './packed-chunks.ts';

const chunk = fc.record(
  {
    // Up to a minute, or up to the largest 32-bit integer.
    atMs: fc.oneof(fc.nat(60_000), fc.nat()),
    delta: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('long '.repeat(5000))),
    isFinal: fc.boolean(),
    error: fc.string(),
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
