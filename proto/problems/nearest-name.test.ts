import { expect, test } from 'vitest';

import { didYouMean, quote } from './nearest-name.ts';

const known = ['healthy', 'errors', 'UNAVAILABLE', 'x'];

test.each([
  ['helthy', '; did you mean "healthy"?'],
  ['Healthy', '; did you mean "healthy"?'],
  ['unavailble', '; did you mean "UNAVAILABLE"?'],
  ['eror', '; did you mean "errors"?'],
  ['nonsense', ''],
  ['y', ''],
  ['', ''],
])('the hint for "%s" is "%s"', (word, hint) => {
  expect(didYouMean(word, known)).toBe(hint);
});

test('a word longer than every name needs no search', () => {
  expect(didYouMean('healthy'.repeat(1_000_000), known)).toBe('');
});

test('without known names there is no hint', () => {
  expect(didYouMean('healthy', [])).toBe('');
});

test('a long quotation is shortened', () => {
  expect(quote('a "word"')).toBe('"a \\"word\\""');
  expect(quote('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`);
});
