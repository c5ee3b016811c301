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
])('near "%s" there is "%s"', (word, hint) => {
  expect(didYouMean(word, known)).toBe(hint);
});

test('a word that is longer than every name costs no search', () => {
  expect(didYouMean('healthy'.repeat(1_000_000), known)).toBe('');
});

test('where nothing is known, nothing is near', () => {
  expect(didYouMean('healthy', [])).toBe('');
});

test('a quotation is as long as a person reads', () => {
  expect(quote('a "word"')).toBe('"a \\"word\\""');
  expect(quote('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`);
});
