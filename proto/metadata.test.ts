import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodeMetadataText, encodeMetadataText, firstOf, setText } from './metadata.ts';

test('any text survives encoding as metadata', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const metadata = new Metadata();
      setText(metadata, 'x-rehearsal-key', text);
      expect(String(metadata.get('x-rehearsal-key')[0])).toMatch(/^[\u0020-\u007E]*$/);
      expect(firstOf(metadata, 'x-rehearsal-key')).toBe(text);
    }),
  );
});

test.each([
  ['story-1', 'story-1'],
  ['a b=c&d', 'a b=c&d'],
  ['100%', '100%'],
  ['{"probability":"50%"}', '{"probability":"50%"}'],
  ['50%25', '50%2525'],
  ['模型', '%E6%A8%A1%E5%9E%8B'],
  ['%é', '%%C3%A9'],
  [' a ', '%20a%20'],
  ['a\tb\n', 'a%09b%0A'],
  ['\ud800', '%EF%BF%BD'],
])('%j is encoded as %s', (text, value) => {
  expect(encodeMetadataText(text)).toBe(value);
  expect(decodeMetadataText(value)).toBe(text.toWellFormed());
});

test.each(['%', '%zz', '%E6%A8', '%FF'])(
  '%s is not valid encoding and stays unchanged',
  (value) => {
    expect(decodeMetadataText(value)).toBe(value);
  },
);
