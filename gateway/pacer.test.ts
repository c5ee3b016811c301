import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pacedFrom, pushDelayMs } from './pacer.ts';

const intervalMs = 50;

/** When messages leave that always wait, each by a timer that is so late. */
function leaveTimes(latenessMs: readonly number[]): number[] {
  let pacedFromMs: number | null = null;
  let nowMs = 0;
  return latenessMs.map((lateMs) => {
    nowMs += pushDelayMs(nowMs, pacedFromMs, intervalMs) + lateMs;
    pacedFromMs = pacedFrom(nowMs, pacedFromMs, intervalMs);
    return nowMs;
  });
}

test('timers that are each a little late do not add up', () => {
  const times = leaveTimes([0, ...Array<number>(200).fill(1.5)]);
  expect(times.at(-1)).toBe(200 * intervalMs + 1.5);
});

test('a message that comes late keeps the next one at its whole distance', () => {
  expect(leaveTimes([0, 10, 0, 2, 0])).toEqual([0, 60, 110, 162, 212]);
});

test('whatever timers do, no distance is shorter by more than their slack, and none is on average', () => {
  const lateness = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 2 });
  fc.assert(
    fc.property(lateness, (latenessMs) => {
      const times = leaveTimes(latenessMs);
      for (const [index, atMs] of times.entries()) {
        const distanceMs = atMs - (times[index - 1] ?? Number.NEGATIVE_INFINITY);
        expect(distanceMs).toBeGreaterThan(intervalMs - 2.001);
      }
      const first = times[0] ?? 0;
      expect((times.at(-1) ?? 0) - first).toBeGreaterThan((times.length - 1) * intervalMs - 2.001);
    }),
  );
});

test('where no distance is asked for, none is kept', () => {
  expect(pushDelayMs(7, pacedFrom(7, 7, 0), 0)).toBe(0);
});
