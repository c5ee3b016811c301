import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createTextDigest } from './text-digest.ts';

test('length and hash are those of the complete text, wherever it is split', () => {
  // Long enough for a hash to begin before the end; split between any two UTF-16 units.
  const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(part, fc.integer({ min: 7, max: 3000 }), (repeated, step) => {
      const text = repeated.repeat(1000);
      const digest = createTextDigest();
      for (let from = 0; from < text.length; from += step)
        digest.add(text.slice(from, from + step));
      expect(digest.chars()).toBe(Array.from(text).length);
      expect(digest.sha256()).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
});

test('the hash can be read in between', () => {
  const digest = createTextDigest();
  const empty = createHash('sha256').digest('hex');
  expect(digest.sha256()).toBe(empty);
  digest.add('a'.repeat(20_000));
  digest.sha256();
  digest.add('b');
  const text = `${'a'.repeat(20_000)}b`;
  expect(digest.sha256()).toBe(createHash('sha256').update(text).digest('hex'));
});
