import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createTextDigest } from './text-digest.ts';

test('pieces have the length and the hash of the whole text, wherever they are torn', () => {
  // Long enough, repeated, that a hash is begun before the end; torn between any two UTF-16 units.
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(text, fc.integer({ min: 7, max: 3000 }), (part, step) => {
      const whole = part.repeat(1000);
      const digest = createTextDigest();
      for (let at = 0; at < whole.length; at += step) digest.add(whole.slice(at, at + step));
      expect(digest.chars()).toBe(Array.from(whole).length);
      expect(digest.sha256()).toBe(createHash('sha256').update(whole).digest('hex'));
    }),
  );
});

test('the hash may be asked for in between', () => {
  const digest = createTextDigest();
  const empty = createHash('sha256').digest('hex');
  expect(digest.sha256()).toBe(empty);
  digest.add('a'.repeat(20_000));
  digest.sha256();
  digest.add('b');
  const whole = `${'a'.repeat(20_000)}b`;
  expect(digest.sha256()).toBe(createHash('sha256').update(whole).digest('hex'));
});
