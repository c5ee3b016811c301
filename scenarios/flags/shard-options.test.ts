import { expect, test } from 'vitest';

import { parseShard, parseStartAt } from './shard-options.ts';

test('a shard is i/n, from 1 to n', () => {
  expect(parseShard('1/1')).toEqual({ number: 1, of: 1 });
  expect(parseShard('7/1000')).toEqual({ number: 7, of: 1000 });
  for (const text of [
    '0/3',
    '4/3',
    '1/1001',
    '1',
    '1/',
    '/3',
    '-1/3',
    '1/3/5',
    '1.5/3',
    ' 1/3',
    '',
  ]) {
    expect(() => parseShard(text)).toThrow('Write i/n');
  }
});

test('a start is a time with its zone, or seconds or milliseconds since 1970', () => {
  const atMs = Date.UTC(2026, 0, 31, 12, 0, 0);
  for (const text of [
    '2026-01-31T12:00:00Z',
    '2026-01-31T12:00Z',
    '2026-01-31T13:00:00.000+01:00',
    String(atMs / 1000),
    String(atMs),
  ]) {
    expect(parseStartAt(text)).toBe(atMs);
  }
  expect(parseStartAt(`${atMs / 1000}.25`)).toBe(atMs + 250);
  for (const text of [
    '2026-01-31T12:00:00',
    '2026-01-31',
    'soon',
    '+10s',
    '10',
    '2026-13-31T12:00Z',
    '',
  ]) {
    expect(() => parseStartAt(text)).toThrow('Write a time with its zone');
  }
  expect(parseStartAt('2028-02-29T12:00:00+01:00')).toBe(Date.UTC(2028, 1, 29, 11));
  for (const day of ['2026-11-31', '2026-02-29', '2026-02-30']) {
    expect(() => parseStartAt(`${day}T12:00:00Z`)).toThrow(`There is no ${day}`);
  }
});
