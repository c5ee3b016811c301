import { expect, test } from 'vitest';

import { drawsFor } from '../../../proto/draws.ts';
import { arrivalTimes, levelsOf, spansOf } from './levels.ts';
import { loadSchema } from './profile.ts';

const draw = drawsFor({ seed: 1, scenario: 'test', key: 'load' })('arrivals');
const levels = (load: unknown) => levelsOf(loadSchema.parse(load));
const constant = (load: unknown) => [...arrivalTimes(levels(load), 'constant', draw)];

test('slots start evenly over the ramp and run until the end of the window', () => {
  const closed = levels({ streams: 4, ramp: '200ms', warmUp: '100ms', window: '300ms' });
  expect([0, 1, 2, 3].map((slot) => spansOf(closed, slot))).toEqual([
    [{ fromMs: 0, toMs: 600 }],
    [{ fromMs: 50, toMs: 600 }],
    [{ fromMs: 100, toMs: 600 }],
    [{ fromMs: 150, toMs: 600 }],
  ]);
  expect(spansOf(closed, 4)).toEqual([]);
});

test('without a ramp all slots start at once', () => {
  const closed = levels({ streams: 3, ramp: '0s', warmUp: '0s', window: '1s' });
  for (const slot of [0, 1, 2]) expect(spansOf(closed, slot)).toEqual([{ fromMs: 0, toMs: 1000 }]);
});

test('stages raise and lower the number of slots, and raise it again', () => {
  const stages = [
    { over: '1s', to: 4 },
    { over: '1s', to: 4 },
    { over: '1s', to: 0 },
    { over: '0s', to: 2 },
    { over: '1s', to: 2 },
  ];
  const closed = levels({ stages });
  expect(spansOf(closed, 0)).toEqual([{ fromMs: 0, toMs: 4000 }]);
  expect(spansOf(closed, 1)).toEqual([
    { fromMs: 250, toMs: 2750 },
    { fromMs: 3000, toMs: 4000 },
  ]);
  expect(spansOf(closed, 3)).toEqual([{ fromMs: 750, toMs: 2250 }]);
});

test('constant arrivals are evenly spaced', () => {
  const load = { arrivals: { perSecond: 5 }, ramp: '0s', warmUp: '0s', window: '1s' };
  expect(constant(load)).toEqual([0, 200, 400, 600, 800]);
});

test('a ramp has as many arrivals as the integral of its rate', () => {
  const load = { arrivals: { perSecond: 8 }, ramp: '1s', warmUp: '0s', window: '500ms' };
  const times = constant(load);
  expect(times.map(Math.round)).toEqual([0, 500, 707, 866, 1000, 1125, 1250, 1375]);
});

test('a stage that falls to zero ends where its rate does', () => {
  const stages = [
    { over: '0s', to: 8 },
    { over: '1s', to: 0 },
  ];
  const times = constant({ arrivals: {}, stages });
  expect(times.map(Math.round)).toEqual([0, 134, 293, 500]);
});

test('Poisson arrivals have exponential intervals and repeat with their seed', () => {
  const load = { arrivals: { perSecond: 100 }, ramp: '0s', warmUp: '0s', window: '100s' };
  const times = () =>
    arrivalTimes(
      levels(load),
      'poisson',
      drawsFor({ seed: 1, scenario: 'test', key: 'load' })('arrivals'),
    );
  const all = [...times()];
  expect(all).toEqual([...times()]);
  const gaps = all.map((atMs, index) => atMs - (all[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  expect(mean).toBeCloseTo(10, 0);
  expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
});
