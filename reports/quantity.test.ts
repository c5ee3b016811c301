import { expect, test } from 'vitest';

import {
  formatCount,
  formatMs,
  formatQuantity,
  formatRate,
  formatRatio,
  formatSec,
  plural,
} from './quantity.ts';

test('milliseconds are written in three digits, and as seconds from 1000 on', () => {
  expect(
    [0, 0.042, 0.999, 5.256, 52.13, 231.4, 999.4, 999.6, 1000, 1236, 118_400].map(formatMs),
  ).toEqual([
    '0 ms',
    '0.04 ms',
    '1 ms',
    '5.26 ms',
    '52.1 ms',
    '231 ms',
    '999 ms',
    '1 s',
    '1 s',
    '1.24 s',
    '118 s',
  ]);
});

test('a share is a percentage, and 100 % only if nothing failed', () => {
  expect([0, 0.95, 0.98996, 0.99999, 1].map(formatRatio)).toEqual([
    '0 %',
    '95 %',
    '99 %',
    '99.99 %',
    '100 %',
  ]);
});

test('counts set their thousands apart, nouns agree with them', () => {
  expect(formatCount(1_204_000)).toBe('1,204,000');
  expect([0, 1, 1204].map((count) => plural(count, 'stream'))).toEqual([
    '0 streams',
    '1 stream',
    '1,204 streams',
  ]);
});

test('rates are whole from 100 on', () => {
  expect([0.41, 9.876, 18_866.4].map(formatRate)).toEqual(['0.41', '9.88', '18,866']);
  expect(formatSec(30)).toBe('30 s');
});

test('a value that does not exist is a dash in every unit', () => {
  expect(formatQuantity(null, 'ms')).toBe('–');
  expect(formatQuantity(1200, 'ms')).toBe('1.2 s');
  expect(formatQuantity(0.5, 'ratio')).toBe('50 %');
  expect(formatQuantity(1200, 'streams')).toBe('1,200');
});
