import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createDeadlines } from './deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function createRecorded() {
  const deadlines = createDeadlines();
  const startMs = performance.now();
  const calls: [name: string, atMs: number][] = [];
  const recordAs = (name: string) => () => void calls.push([name, performance.now() - startMs]);
  return { ...deadlines, startMs, calls, recordAs };
}

test('each callback is called at its time, in the order of registration', () => {
  const { call, startMs, calls, recordAs } = createRecorded();
  call(startMs + 20, recordAs('b'));
  call(startMs + 5, recordAs('a'));
  call(startMs + 20, recordAs('c'));
  vi.advanceTimersByTime(100);
  expect(calls).toEqual([
    ['a', 5],
    ['b', 20],
    ['c', 20],
  ]);
});

test('times are rounded up to a millisecond, and callbacks of one millisecond share a timer', () => {
  const { call, startMs, calls, recordAs } = createRecorded();
  call(startMs + 4.2, recordAs('a'));
  call(startMs + 4.9, recordAs('b'));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(4);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual([
    ['a', 5],
    ['b', 5],
  ]);
});

test('a forgotten callback is not called, and forgetting the last one clears the timer', () => {
  const { call, forget, startMs, calls, recordAs } = createRecorded();
  const [a, b] = [recordAs('a'), recordAs('b')];
  call(startMs + 10, a);
  call(startMs + 10, b);
  forget(startMs + 10, a);
  expect(vi.getTimerCount()).toBe(1);
  forget(startMs + 10, b);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(100);
  expect(calls).toEqual([]);
});

test('a callback can register another one', () => {
  const { call, startMs, calls, recordAs } = createRecorded();
  call(startMs + 1, () => call(startMs + 3, recordAs('later')));
  vi.advanceTimersByTime(3);
  expect(calls).toEqual([['later', 3]]);
});

test('a delay longer than the maximum of setTimeout works', () => {
  const { call, startMs, calls, recordAs } = createRecorded();
  const farMs = 2 ** 31 + 1000;
  call(startMs + farMs, recordAs('far'));
  vi.advanceTimersByTime(farMs);
  expect(calls).toEqual([['far', farMs]]);
});
