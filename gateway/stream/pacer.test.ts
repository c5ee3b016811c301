import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';

import { notePush, noteText, pushDelayMs, startPace } from './pacer.ts';

const intervalMs = 50;

/**
 * When messages leave whose texts come at these moments, each held back by a timer that is so late. What
 * comes while another waits is merged with it.
 */
function leaveTimes(texts: readonly { comesAtMs: number; lateMs?: number }[]): number[] {
  const pace = startPace();
  const times: number[] = [];
  let waitsUntilMs: number | undefined;
  const push = (nowMs: number) => {
    waitsUntilMs = undefined;
    notePush(nowMs, pace, intervalMs);
    times.push(nowMs);
  };
  for (const { comesAtMs, lateMs = 0 } of texts) {
    if (waitsUntilMs !== undefined && waitsUntilMs <= comesAtMs) push(waitsUntilMs);
    noteText(comesAtMs, pace, intervalMs);
    const delayMs = pushDelayMs(comesAtMs, pace, intervalMs);
    if (delayMs === 0) push(comesAtMs);
    else waitsUntilMs = comesAtMs + delayMs + lateMs;
  }
  if (waitsUntilMs !== undefined) push(waitsUntilMs);
  return times;
}

function at(...comesAtMs: number[]): number[] {
  return leaveTimes(comesAtMs.map((atMs) => ({ comesAtMs: atMs })));
}

test('the first text is sent at once, as is text that keeps the distance', () => {
  expect(at(7, 57, 107)).toEqual([7, 57, 107]);
});

test('text that arrives sooner waits for the complete interval', () => {
  expect(at(0, 20, 30)).toEqual([0, 50]);
});

test('text that arrives slightly too soon does not wait', () => {
  expect(at(0, 48.5, 101, 149)).toEqual([0, 48.5, 101, 149]);
});

test('a stream whose first message is late catches up after some messages', () => {
  const times = at(30, ...Array.from({ length: 20 }, (_, index) => (index + 1) * intervalMs));
  expect(times.slice(0, 4)).toEqual([30, 80, 130, 180]);
  expect(times.at(-1)).toBe(1000);
});

test('the lateness of timers does not add up', () => {
  const texts = Array.from({ length: 100 }, (_, index) => ({ comesAtMs: index * 20, lateMs: 15 }));
  for (const [index, atMs] of leaveTimes(texts).entries()) {
    expect(atMs - index * intervalMs).toBeLessThanOrEqual(15);
  }
});

test('a busy process neither merges texts that keep the distance nor keeps them late', () => {
  const random = seedrandom('busy');
  const texts = Array.from({ length: 1000 }, (_, index) => ({
    comesAtMs: index === 0 ? 40 : index * intervalMs + random() * 10,
    lateMs: random() * 10,
  }));
  const times = leaveTimes(texts);
  expect(times).toHaveLength(texts.length);
  const lateMs = times.map((atMs, index) => atMs - index * intervalMs);
  expect(Math.max(...lateMs.slice(50))).toBeLessThan(20);
});

const moment = fc.double({ min: 0, max: 3000, noNaN: true });

const leaveTimesWith = (lateMs: number) =>
  fc
    .array(
      fc.record({ comesAtMs: moment, lateMs: fc.double({ min: 0, max: lateMs, noNaN: true }) }),
    )
    .map((given) => leaveTimes(given.toSorted((a, b) => a.comesAtMs - b.comesAtMs)));

test('for any arrival times, no distance is much shorter than the interval', () => {
  fc.assert(
    fc.property(leaveTimesWith(0), (times) => {
      for (const [index, leavesAtMs] of times.entries()) {
        const distanceMs = leavesAtMs - (times[index - 1] ?? Number.NEGATIVE_INFINITY);
        expect(distanceMs).toBeGreaterThan(intervalMs * 0.95 - 0.001);
      }
    }),
  );
});

test('for any lateness of timers, the rate of messages stays within the limit', () => {
  fc.assert(
    fc.property(leaveTimesWith(100), (times) => {
      for (const [first, fromMs] of times.entries()) {
        for (const [later, untilMs] of times.slice(first + 1).entries()) {
          const leastMs = (later + 1) * intervalMs * 0.95 - intervalMs / 2;
          expect(untilMs - fromMs).toBeGreaterThan(leastMs - 0.001);
        }
      }
    }),
  );
});

test('with an interval of 0 nothing waits', () => {
  const pace = startPace();
  notePush(7, pace, 0);
  noteText(7, pace, 0);
  expect(pushDelayMs(7, pace, 0)).toBe(0);
});
