import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { openStream } from '../testing/open-stream.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('pings stop for as long as a hold asks for it', () => {
  const { stream, seen } = openStream();
  stream.setPings(false);
  vi.advanceTimersByTime(31_000);
  expect(seen.events).toEqual([]);
  stream.setPings(true);
  vi.advanceTimersByTime(15_000);
  expect(seen.events).toHaveLength(1);
});

test('a truncated stream ends without its final message, and cancels the agent', () => {
  const { stream, seen, agent } = openStream();
  agent.chunk('Hello');
  stream.truncate();
  expect(seen).toMatchObject({ ended: 1, cancelled: 1, cause: 'cut' });
  vi.advanceTimersByTime(300_000);
  expect(seen.events.map(([, { event }]) => event)).toEqual(['message']);
  expect(seen.over).toBe(1);
});

test('a stream is drained when all that came is with the client', () => {
  const { stream, client, agent } = openStream();
  expect(stream.isDrained()).toBe(true);
  agent.chunk('one');
  agent.chunk('two');
  expect(stream.isDrained()).toBe(false);
  client.full = true;
  vi.advanceTimersByTime(50);
  expect(stream.isDrained()).toBe(false);
  client.drain();
  expect(stream.isDrained()).toBe(true);
});
