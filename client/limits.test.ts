import { expect, test } from 'vitest';

import { startLimits, type Limit } from './limits.ts';

/** Timers that fire in order, each `lateMs` after its time. */
function createLateTimers(lateMs: number) {
  let nowMs = 0;
  const pending = new Set<{ atMs: number; callback: () => void }>();
  return {
    timers: {
      nowMs: () => nowMs,
      after(ms: number, callback: () => void) {
        const timer = { atMs: nowMs + ms + lateMs, callback };
        pending.add(timer);
        return () => void pending.delete(timer);
      },
    },
    /** Fires the next timer; returns the time at which it fired, or undefined without one. */
    fireNext(): number | undefined {
      const [next] = [...pending].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) return undefined;
      pending.delete(next);
      nowMs = next.atMs;
      next.callback();
      return nowMs;
    },
  };
}

const limitsMs = { firstChunk: 4000, idle: 2000, total: Infinity };

test('text that arrived while the event loop was busy comes before the timeout', () => {
  const { timers, fireNext } = createLateTimers(60);
  const exceeded: Limit[] = [];
  const limits = startLimits(limitsMs, timers, (limit) => exceeded.push(limit));
  limits.awaitText('first-chunk');
  fireNext();
  // The text that was waiting is read within the grace.
  limits.awaitText('idle');
  expect(exceeded).toEqual([]);
});

test('a timeout comes even where every timer is late, as in a page in the background', () => {
  const { timers, fireNext } = createLateTimers(1000);
  const exceeded: Limit[] = [];
  const limits = startLimits(limitsMs, timers, (limit) => exceeded.push(limit));
  limits.awaitText('first-chunk');
  const firedMs = Array.from({ length: 7 }, fireNext);
  expect(firedMs).toEqual([5000, 6010, 7020, 8030, 9040, 10_050, undefined]);
  expect(exceeded).toEqual(['first-chunk']);
});
