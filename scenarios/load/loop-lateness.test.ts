import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { watchLoop } from './loop-lateness.ts';

test('what is read after the event loop was blocked may be late by the length of the block', async () => {
  const startMs = performance.now();
  const watch = watchLoop();
  await sleep(30);
  const blockedAtMs = performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);
  const endMs = performance.now();
  // The next turn: the tick, then what had arrived.
  await sleep(15);
  const lateMs = watch.stop();
  // The tick was due within the first 10 ms of the block.
  expect(lateMs(endMs)).toBeGreaterThanOrEqual(endMs - blockedAtMs - 10);
  expect(lateMs(endMs + 1)).toBeGreaterThanOrEqual(endMs - blockedAtMs - 10);
  expect(lateMs(startMs - 1)).toBe(0);
});
