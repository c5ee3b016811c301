import { expect, test } from 'vitest';

import { drawsFor } from '../../proto/draws.ts';
import { gapsOf, interTokenSchema } from './inter-token.ts';

function drawGaps(timing: unknown, count: number, key = 'k'): number[] {
  const draws = drawsFor({ seed: 7, scenario: 'gaps', key });
  const next = gapsOf(interTokenSchema.parse(timing), draws);
  return Array.from({ length: count }, next);
}

test('tokensPerSecond gives constant gaps', () => {
  expect(drawGaps({ tokensPerSecond: 80 }, 3)).toEqual([12.5, 12.5, 12.5]);
});

test('the tokens of a burst are close together, and a pause follows', () => {
  const bursts = { tokens: { min: 3, max: 3 }, within: '5ms', pause: '300ms' };
  expect(drawGaps({ bursts }, 7)).toEqual([5, 5, 300, 5, 5, 300, 5]);
});

test('bursts of a single token have only pauses', () => {
  const bursts = { tokens: { min: 1, max: 1 }, within: '5ms', pause: '300ms' };
  expect(drawGaps({ bursts }, 2)).toEqual([300, 300]);
});

test('the sizes of bursts are uniform over their range', () => {
  const bursts = { tokens: { min: 5, max: 15 }, within: '5ms', pause: '300ms' };
  const counts = new Map<number, number>();
  let size = 1;
  for (const gap of drawGaps({ bursts }, 220_000)) {
    if (gap === 5) {
      size += 1;
      continue;
    }
    counts.set(size, (counts.get(size) ?? 0) + 1);
    size = 1;
  }
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([
    5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  ]);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  for (const count of counts.values()) {
    expect(Math.abs((count / total) * 11 - 1)).toBeLessThan(0.05);
  }
});

test('gaps and pauses may be distributions, with independent draws', () => {
  const bursts = {
    tokens: { min: 2, max: 2 },
    within: { uniform: { min: '1ms', max: '2ms' } },
    pause: { uniform: { min: '100ms', max: '200ms' } },
  };
  const gaps = drawGaps({ bursts }, 4);
  expect(gaps.map((ms) => (ms < 10 ? 'within' : 'pause'))).toEqual([
    'within',
    'pause',
    'within',
    'pause',
  ]);
  expect(new Set(gaps).size).toBe(4);
  const steady = drawGaps({ bursts: { ...bursts, pause: '300ms' } }, 4);
  expect([steady[0], steady[2]]).toEqual([gaps[0], gaps[2]]);
});

test.each([
  ['a rate of zero', { tokensPerSecond: 0 }],
  ['a rate with a unit', { tokensPerSecond: '50ms' }],
  ['two forms at once', { tokensPerSecond: 50, uniform: { min: '1ms', max: '2ms' } }],
  ['bursts without a pause', { bursts: { tokens: { min: 1, max: 2 }, within: '5ms' } }],
  [
    'a maximum below the minimum',
    { bursts: { tokens: { min: 3, max: 2 }, within: '5ms', pause: '300ms' } },
  ],
  [
    'bursts within bursts',
    {
      bursts: {
        tokens: { min: 1, max: 2 },
        within: { bursts: { tokens: { min: 1, max: 2 }, within: '5ms', pause: '300ms' } },
        pause: '300ms',
      },
    },
  ],
])('%s is rejected', (_, timing) => {
  expect(interTokenSchema.safeParse(timing).success).toBe(false);
});
