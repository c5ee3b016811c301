import { setTimeout as pause } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { watchFromTo } from './client-health.ts';

/** Blocks the event loop. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a blocked event loop shows in the loop delay, its work in the processor time', async () => {
  const watch = watchFromTo(0, 60_000);
  await pause(50);
  block(100);
  await pause(50);
  const { loopDelayMs, cpuCores, rssMb } = watch.stop();
  // Less than the 100 ms: the timer of 10 ms may have been due at any moment of its period.
  expect(loopDelayMs.max).toBeGreaterThanOrEqual(80);
  expect(loopDelayMs.p50).toBeLessThanOrEqual(loopDelayMs.max);
  expect(cpuCores).toBeGreaterThan(0);
  expect(rssMb).toBeGreaterThan(1);
});

test('work after the watch does not count', async () => {
  const watch = watchFromTo(0, 30);
  await pause(100);
  const before = watch.stop();
  block(100);
  await pause(20);
  expect(watch.stop()).toEqual(before);
});

test('a watch that has not started reports zeros, and leaves no timer', () => {
  const watch = watchFromTo(60_000, 120_000);
  expect(watch.stop()).toEqual({ loopDelayMs: { p50: 0, p99: 0, max: 0 }, cpuCores: 0, rssMb: 0 });
});
