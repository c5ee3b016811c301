import { expect, test } from 'vitest';

import { renderStreams, type StreamLine } from './streams.ts';
import type { JudgedSample } from '../sample.ts';
import { arrivalsAt, makePlanned, makeSample } from '../testing/make-sample.ts';

function linesOf(samples: JudgedSample[], options = { all: false, seed: 1 }): StreamLine[] {
  const lines = [...renderStreams(samples, options)];
  for (const line of lines) expect(line.endsWith('\n')).toBe(true);
  return lines.map((line) => JSON.parse(line) as StreamLine);
}

const good = (key: string) =>
  makeSample({
    key,
    arrivals: arrivalsAt(200, 260, 300),
    planned: makePlanned({
      latenessMs: [1, 2, 3],
      hops: { requestMs: 1, agentMs: [1], gatewayMs: [1], clientMs: [1] },
      foretold: { outcome: 'completed', detail: '' },
    }),
  });

const many = Array.from({ length: 300 }, (_, n) => good(`k${n}`));
const keysOfWhole = (lines: StreamLine[]) =>
  lines.filter(({ arrivals }) => arrivals !== null).map(({ key }) => key);

test('every stream has a line with its facts, in the order of the samples', () => {
  const lines = linesOf(many);
  expect(lines.map(({ key }) => key)).toEqual(many.map(({ key }) => key));
  for (const line of lines) {
    expect(line).toMatchObject({ firstChunkMs: 200, intervalMs: 50, texts: 3, chars: 15 });
  }
});

test('a hundred of the good ones are whole, the same for the same seed in any order', () => {
  const lines = linesOf(many);
  const keys = keysOfWhole(lines);
  expect(keys).toHaveLength(100);
  expect(keysOfWhole(linesOf(many.toReversed())).toReversed()).toEqual(keys);
  expect(keysOfWhole(linesOf(many, { all: false, seed: 2 }))).not.toEqual(keys);
  const thin = lines.find(({ arrivals }) => arrivals === null);
  expect(thin?.planned).toEqual({
    ...many[0]?.planned,
    latenessMs: null,
    hops: null,
  });
});

test('a stream that did not end as expected is whole, up to a thousand of them', () => {
  const unexpected = [
    makeSample({ key: 'cut', outcome: 'cut' }),
    { ...good('text'), planned: makePlanned({ ...good('').planned, textMatches: false }) },
    makeSample({
      key: 'no failure',
      planned: makePlanned({ foretold: { outcome: 'failed', detail: '' } }),
    }),
  ];
  expect(keysOfWhole(linesOf([...many, ...unexpected])).slice(-3)).toEqual([
    'cut',
    'text',
    'no failure',
  ]);
  const cut = Array.from({ length: 1200 }, (_, n) => makeSample({ key: `c${n}`, outcome: 'cut' }));
  expect(keysOfWhole(linesOf(cut))).toHaveLength(1000);
});

test('a failure that was planned is as good as any other', () => {
  const planned = makePlanned({ foretold: { outcome: 'cut', detail: '' } });
  const cut = many.map(({ key }) => makeSample({ key, outcome: 'cut', planned }));
  expect(keysOfWhole(linesOf(cut))).toHaveLength(100);
});

test('all of them are whole on request', () => {
  expect(keysOfWhole(linesOf(many, { all: true, seed: 1 }))).toHaveLength(300);
});
