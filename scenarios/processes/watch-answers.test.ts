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
  let asked = 0;
  const answers = watchAnswers(
    'agent',
    () => {
      asked += 1;
      if (isAnswering()) queueMicrotask(answers.answered);
    },
    (...change) => changes.push(change),
  );
  return { answers, changes, asked: () => asked };
}

test('ten questions without an answer are silence, and an answer ends it', async () => {
  let isAnswering = true;
  const { answers, changes, asked } = watch(() => isAnswering);
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
  // A pipe that nobody reads takes no more than those ten.
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked()).toBe(70);
  answers.answered();
  expect(changes.slice(1)).toEqual([[true, 'the agent answers again']]);
  expect(answers.silence().aborted).toBe(false);
  answers.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('fewer than ten questions without an answer are none', async () => {
  let nth = 0;
  const { answers, changes } = watch(() => (nth += 1) % 10 === 0);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(changes).toEqual([]);
  answers.stop();
});
