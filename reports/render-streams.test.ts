import { expect, test } from 'vitest';

import { renderStreams } from './render-streams.ts';
import { arrivalsAt, makeSample } from './testing/make-sample.ts';

test('each sample is one line of JSON', () => {
  const samples = [makeSample({ detail: 'two\nlines' }), makeSample({ arrivals: arrivalsAt(200) })];
  const lines = [...renderStreams(samples)];
  expect(lines.map((line) => line.indexOf('\n') === line.length - 1)).toEqual([true, true]);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(samples);
});
