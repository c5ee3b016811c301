import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startLimit } from './limit.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Starts a limit of 100 ms; returns when it was reached, in milliseconds. */
function start(standstillMs: number) {
  const startMs = performance.now();
  const reachedMs: number[] = [];
  const limit = startLimit(100, standstillMs, () => reachedMs.push(performance.now() - startMs));
  return { ...limit, reachedMs };
}

test('without an allowance the clock ignores a pause', () => {
  const { setClock, reachedMs } = start(0);
  setClock(false);
  vi.advanceTimersByTime(1000);
  expect(reachedMs).toEqual([100]);
});

test('the clock stands still, and goes on where it was', () => {
  const { setClock, reachedMs } = start(1000);
  vi.advanceTimersByTime(60);
  setClock(false);
  setClock(false);
  vi.advanceTimersByTime(500);
  setClock(true);
  vi.advanceTimersByTime(39);
  expect(reachedMs).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(reachedMs).toEqual([600]);
});

test('the allowance is that of all holds together', () => {
  const { setClock, reachedMs } = start(300);
  for (let hold = 0; hold < 2; hold += 1) {
    setClock(false);
    vi.advanceTimersByTime(200);
    setClock(true);
  }
  vi.advanceTimersByTime(1000);
  expect(reachedMs).toEqual([400]);
  const endless = start(300);
  endless.setClock(false);
  vi.advanceTimersByTime(1000);
  expect(endless.reachedMs).toEqual([400]);
});

test('a stopped limit has no timer and is never reached', () => {
  const { setClock, stop, reachedMs } = start(300);
  stop();
  setClock(false);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(reachedMs).toEqual([]);
});
