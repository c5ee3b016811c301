import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { silenceLimits, watchSilence } from './silence-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function startWatch() {
  const told: string[] = [];
  const state = { calls: 0 };
  const startMs = performance.now();
  const note = (what: string) => () => told.push(`${what} ${performance.now() - startMs}`);
  const watch = watchSilence(
    { hasCalls: () => state.calls > 0, probe: note('probe'), giveUp: note('gave up') },
    silenceLimits,
  );
  const call = () => {
    state.calls += 1;
    watch.called();
  };
  return { watch, state, call, told };
}

test('a connection without calls may be silent forever', () => {
  const { told } = startWatch();
  vi.advanceTimersByTime(1_000_000);
  expect(told).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a silent agent is probed after 10 s and counts as unavailable after 15', () => {
  const { call, told } = startWatch();
  vi.advanceTimersByTime(60_000);
  call();
  vi.advanceTimersByTime(20_000);
  expect(told).toEqual(['probe 70000', expect.stringMatching(/^gave up 7500[01]$/)]);
  expect(vi.getTimerCount()).toBe(0);
});

test('an agent that answers is probed every 10 s', () => {
  const { watch, call, told } = startWatch();
  call();
  for (let count = 0; count < 7; count += 1) {
    vi.advanceTimersByTime(10_000);
    watch.heard();
  }
  expect(told).toHaveLength(7);
  expect(told.every((each) => each.startsWith('probe'))).toBe(true);
  vi.advanceTimersByTime(15_001);
  expect(told.at(-1)).toMatch(/^gave up/);
});

test('an agent that sends something every 9 s is never probed', () => {
  const { watch, call, told } = startWatch();
  call();
  for (let count = 0; count < 20; count += 1) {
    vi.advanceTimersByTime(9000);
    watch.heard();
  }
  expect(told).toEqual([]);
});

test('probing stops after the last call', () => {
  const { call, state, told } = startWatch();
  call();
  vi.advanceTimersByTime(9000);
  state.calls = 0;
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('an answer that waits in the socket while the process is blocked counts', () => {
  const { watch, call, told } = startWatch();
  call();
  vi.advanceTimersByTime(14_999);
  // The timer fires first, and the socket is read after it.
  setTimeout(() => setImmediate(watch.heard), 0);
  vi.advanceTimersByTime(5000);
  expect(told).toEqual(['probe 10000']);
});

test('a closed connection has no timer', () => {
  const { watch, call } = startWatch();
  call();
  watch.close();
  expect(vi.getTimerCount()).toBe(0);
});
