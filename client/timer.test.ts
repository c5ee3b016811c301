import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { generate } from './index.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('a timeout of 30 days ends a stream after 30 days', async () => {
  const day = 86_400_000;
  const chunks = generate('http://a/', {
    prompt: 'a',
    fetch: () => new Promise<Response>(() => {}),
    firstChunkTimeoutMs: 0,
    totalTimeoutMs: 30 * day,
  });
  const next = chunks[Symbol.asyncIterator]().next();
  const outcome = next.then(
    () => 'a chunk',
    (error: unknown) => error,
  );
  let isOver = false;
  void outcome.then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(30 * day - 1);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await outcome).toMatchObject({ kind: 'timeout', limit: 'total' });
  expect(vi.getTimerCount()).toBe(0);
});
