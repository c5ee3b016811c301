import fc from 'fast-check';
import { expect, test } from 'vitest';

import { drawsFor } from '../../proto/draws.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { tokenise } from './tokens.ts';

const draw = () => drawsFor({ seed: 1, scenario: 'tokens', key: 'k' })('tokens');
const size = { min: 1, max: 4 };

function textsOf(text: string, tokenSize: typeof size): string[] {
  let from = 0;
  return Array.from(tokenise(text, tokenSize, draw()), ({ end }) => {
    const token = text.slice(from, end);
    from = end;
    return token;
  });
}

test('the lengths of tokens are uniform', () => {
  const tokens = [...tokenise('故'.repeat(40_000), size, draw())];
  const shares = [1, 2, 3, 4].map(
    (chars) => tokens.filter((token) => token.chars === chars).length / tokens.length,
  );
  for (const share of shares) expect(share).toBeCloseTo(0.25, 1);
});

test('an emoji with its modifiers is never split', () => {
  const family = '👨‍👩‍👧‍👦';
  const text = `a${family}b${family}👍🏽é`;
  expect(textsOf(text, { min: 1, max: 1 })).toEqual(['a', family, 'b', family, '👍🏽', 'é']);
});

test('CR LF is never split', () => {
  expect(textsOf('a\r\nb', { min: 1, max: 1 })).toEqual(['a', '\r\n', 'b']);
});

test('for any text, the tokens join to the text and count its code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const texts = textsOf(text, size);
      expect(texts.join('')).toBe(text);
      const chars = Array.from(tokenise(text, size, draw()), (token) => token.chars);
      expect(chars).toEqual(texts.map((token) => Array.from(token).length));
      expect(countChars(text)).toBe(Array.from(text).length);
    }),
  );
});

test('text that needs no segmenter is cut like the segmenter cuts it', () => {
  const text = '“故事”——一，二。Abc def！\n';
  const segments = [...new Intl.Segmenter('en').segment(text)].map(({ segment }) => segment);
  expect(textsOf(text, { min: 1, max: 1 })).toEqual(segments);
});
