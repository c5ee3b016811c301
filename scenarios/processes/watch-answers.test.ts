import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { watchAnswers } from './watch-answers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function watch(isAnswering: () => boolean) {
  const changes: [boolean, string][] = [];
  let pings = 0;
  const answers = watchAnswers(
    'agent',
    () => {
      pings += 1;
      if (isAnswering()) queueMicrotask(answers.answered);
    },
    (...change) => changes.push(change),
  );
  return { answers, changes, pings: () => pings };
}

test('ten unanswered pings are silence, and an answer ends it', async () => {
  let isAnswering = true;
  const { answers, changes, pings } = watch(() => isAnswering);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(changes).toEqual([]);
  isAnswering = false;
  await vi.advanceTimersByTimeAsync(10_000);
  const silence = answers.silence();
  expect([changes, silence.aborted]).toEqual([[], false]);
  await vi.advanceTimersByTimeAsync(1000);
  const message =
    'the agent has not answered for 10 s: it is stopped, or its event loop is blocked';
  expect(changes).toEqual([[false, message]]);
  expect(silence.reason).toMatchObject({ code: 'usage', message });
  // After these ten no more are written to a pipe that nobody reads.
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(pings()).toBe(70);
  answers.answered();
  expect(changes.slice(1)).toEqual([[true, 'the agent answers again']]);
  expect(answers.silence().aborted).toBe(false);
  answers.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('fewer than ten unanswered pings are not silence', async () => {
  let nth = 0;
  const { answers, changes } = watch(() => (nth += 1) % 10 === 0);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(changes).toEqual([]);
  answers.stop();
});
