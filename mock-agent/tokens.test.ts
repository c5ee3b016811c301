import fc from 'fast-check';
import { expect, test } from 'vitest';

import { drawsFor } from './draws.ts';
import { countChars, tokenise } from './tokens.ts';

const draw = () => drawsFor({ seed: 1, scenario: 'tokens', key: 'k' })('tokens');
const size = { min: 1, max: 4 };

test('the tokens of plain text have one to four characters, each length about as often', () => {
  const tokens = tokenise('故'.repeat(40_000), size, draw());
  const shares = [1, 2, 3, 4].map(
    (chars) => tokens.filter((token) => token.chars === chars).length / tokens.length,
  );
  for (const share of shares) expect(share).toBeCloseTo(0.25, 1);
});

test('an emoji with its modifiers is never torn', () => {
  const family = '👨‍👩‍👧‍👦';
  const tokens = tokenise(`a${family}b${family}👍🏽é`, { min: 1, max: 1 }, draw());
  expect(tokens.map((token) => token.text)).toEqual(['a', family, 'b', family, '👍🏽', 'é']);
});

test('CR and LF stay together', () => {
  const tokens = tokenise('a\r\nb', { min: 1, max: 1 }, draw());
  expect(tokens.map((token) => token.text)).toEqual(['a', '\r\n', 'b']);
});

test('whatever the text: the tokens join to it and count its code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const tokens = tokenise(text, size, draw());
      expect(tokens.map((token) => token.text).join('')).toBe(text);
      for (const token of tokens) expect(token.chars).toBe(countChars(token.text));
    }),
  );
});

test('text that needs no segmenter is cut as the segmenter would cut it', () => {
  const text = '“故事”——一，二。Abc def！\n';
  const segments = [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);
  const tokens = tokenise(text, { min: 1, max: 1 }, draw());
  expect(tokens.map((token) => token.text)).toEqual(segments);
});
