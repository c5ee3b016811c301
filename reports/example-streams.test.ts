import { expect, test } from 'vitest';

import { pickSampleStreams } from './example-streams.ts';
import { arrivalsAt, makePlanned, makeSample } from './testing/make-sample.ts';

const manySamples = Array.from({ length: 120 }, (_, index) =>
  makeSample({ key: `k${index}`, slot: index, startAtMs: index * 100 }),
);

test('twelve streams are picked, evenly spread over the window', () => {
  expect(pickSampleStreams(manySamples).map(({ key }) => key)).toEqual([
    'k5',
    'k15',
    'k25',
    'k35',
    'k45',
    'k55',
    'k65',
    'k75',
    'k85',
    'k95',
    'k105',
    'k115',
  ]);
});

test('the order the samples come in does not matter', () => {
  expect(pickSampleStreams(manySamples.toReversed())).toEqual(pickSampleStreams(manySamples));
});

test('fewer than twelve are all picked, and only of the window', () => {
  const samples = [
    makeSample({ key: 'b', startAtMs: 2 }),
    makeSample({ key: 'warm', phase: 'warm-up', startAtMs: 0 }),
    makeSample({ key: 'a', startAtMs: 1 }),
  ];
  expect(pickSampleStreams(samples).map(({ key }) => key)).toEqual(['a', 'b']);
  expect(pickSampleStreams([])).toEqual([]);
});

test('of each outcome that is not completed the first is among them', () => {
  const samples = manySamples.map((sample, index) => {
    if (index === 7 || index === 8) return { ...sample, outcome: 'reset' as const };
    return index === 110 ? { ...sample, outcome: 'stalled' as const } : sample;
  });
  const picked = pickSampleStreams(samples);
  expect(picked).toHaveLength(12);
  const others = picked.filter(({ outcome }) => outcome !== 'completed');
  expect(others.map(({ key }) => key)).toEqual(['k7', 'k110']);
  const starts = picked.map(({ startAtMs }) => startAtMs);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
});

test('each arrival carries its lateness, and the stream its plan, where there is one', () => {
  const planned = makeSample({
    arrivals: arrivalsAt(201, 255),
    planned: makePlanned({ latenessMs: [1, 5] }),
  });
  expect(pickSampleStreams([planned], () => [200, 250])).toEqual([
    {
      key: 'k0',
      outcome: 'completed',
      startAtMs: 0,
      durationMs: 1000,
      arrivals: [
        { atMs: 201, chars: 5, latenessMs: 1 },
        { atMs: 255, chars: 10, latenessMs: 5 },
      ],
      plannedMs: [200, 250],
    },
  ]);
  const unplanned = makeSample({ arrivals: arrivalsAt(201) });
  expect(pickSampleStreams([unplanned])[0]).toMatchObject({
    arrivals: [{ atMs: 201, chars: 5, latenessMs: null }],
    plannedMs: null,
  });
});
