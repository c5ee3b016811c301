import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createDeadlines } from './deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function recorded() {
  const deadlines = createDeadlines();
  const startMs = performance.now();
  const calls: [name: string, atMs: number][] = [];
  const note = (name: string) => () => void calls.push([name, performance.now() - startMs]);
  return { ...deadlines, startMs, calls, note };
}

test('each is called at its moment, in the order in which they asked', () => {
  const { call, startMs, calls, note } = recorded();
  call(startMs + 20, note('b'));
  call(startMs + 5, note('a'));
  call(startMs + 20, note('c'));
  vi.advanceTimersByTime(100);
  expect(calls).toEqual([
    ['a', 5],
    ['b', 20],
    ['c', 20],
  ]);
});

test('a fraction of a millisecond is waited for, and those of one millisecond share a timer', () => {
  const { call, startMs, calls, note } = recorded();
  call(startMs + 4.2, note('a'));
  call(startMs + 4.9, note('b'));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(4);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual([
    ['a', 5],
    ['b', 5],
  ]);
});

test('one that is forgotten is not called, and the last one takes the timer with it', () => {
  const { call, forget, startMs, calls, note } = recorded();
  const [a, b] = [note('a'), note('b')];
  call(startMs + 10, a);
  call(startMs + 10, b);
  forget(startMs + 10, a);
  expect(vi.getTimerCount()).toBe(1);
  forget(startMs + 10, b);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(100);
  expect(calls).toEqual([]);
});

test('what is called may ask for another call, or forget one that is due with it', () => {
  const { call, startMs, calls, note } = recorded();
  call(startMs + 1, () => call(startMs + 3, note('later')));
  vi.advanceTimersByTime(3);
  expect(calls).toEqual([['later', 3]]);
});

test('a moment further off than a timer can wait is waited for all the same', () => {
  const { call, startMs, calls, note } = recorded();
  const farMs = 2 ** 31 + 1000;
  call(startMs + farMs, note('far'));
  vi.advanceTimersByTime(farMs);
  expect(calls).toEqual([['far', farMs]]);
});
