import { expect, test } from 'vitest';

import { markerLines, ticks } from './plot.ts';
import { formatCount, formatMs } from '../../quantity.ts';

test('ticks stand at round numbers, from 0 to the end of the axis at most', () => {
  expect(ticks(540, 5, formatMs)).toEqual([
    { at: 0, label: '0 ms' },
    { at: 200 / 540, label: '200 ms' },
    { at: 400 / 540, label: '400 ms' },
  ]);
});

test('an axis of counts has no tick between two counts', () => {
  expect(ticks(1.2, 3, formatCount, 1).map(({ label }) => label)).toEqual(['0', '1']);
});

test('an empty axis has no ticks', () => {
  expect(ticks(0, 5, formatMs)).toEqual([]);
});

test('the words of lines stand one below the other, and on the side that has room', () => {
  const [first, second] = markerLines(
    [
      { kind: 'target', at: 0.2, text: 'target' },
      { kind: 'alarm', at: 0.9, text: 'alarm' },
    ],
    150,
  );
  expect(first?.markup).toContain('dx="5" y="10" text-anchor="start">target</text>');
  expect(second?.markup).toContain('dx="-5" y="24" text-anchor="end">alarm</text>');
});
