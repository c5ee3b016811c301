import { beforeEach, expect, vi } from 'vitest';

import { generate } from '../../client/index.ts';
import { startRehearsal } from '../testkit/start-rehearsal.ts';
import { rehearsalTest } from '../testkit/vitest.ts';

/** Fake timers of a test beside agent and gateway in its process: the order of these tests is a part of them. */
const text = 'The answer to a question.';

const test = rehearsalTest({
  scenario: { behaviour: { text: { given: text }, firstToken: '20ms', interToken: '5ms' } },
});

beforeEach(({ task }) => {
  if (!task.name.startsWith('real')) vi.useFakeTimers();
});

const textOf = async (endpoint: string) => {
  const body = await (await fetch(`${endpoint}&prompt=a`)).text();
  return [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');
};

test('a server that starts under fake timers streams', async ({ rehearsal }) => {
  expect(await textOf(rehearsal.endpoint)).toBe(text);
  expect(rehearsal.requests()).toMatchObject([{ end: 'final', chars: text.length }]);
});

test('skipped time and another date do not reach the server', async ({ rehearsal }) => {
  const before = Date.now();
  vi.setSystemTime('2040-01-01');
  const first = textOf(rehearsal.endpoint);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await first).toBe(text);
  vi.setSystemTime('1999-01-01');
  expect(await textOf(rehearsal.endpoint)).toBe(text);
  for (const { at } of rehearsal.requests()) {
    expect(Math.abs(Date.parse(at) - before)).toBeLessThan(600_000);
  }
});

test('faults strike in real time; limits of the client follow the fake time', async ({
  rehearsal,
}) => {
  await rehearsal.next({ fault: { stall: { at: { chars: 5 }, for: '50ms' } } });
  expect(await textOf(rehearsal.endpoint)).toBe(text);
  await rehearsal.next({ fault: { silence: { at: { chars: 5 } } } });
  const chunks = generate(rehearsal.endpoint, { prompt: 'a' })[Symbol.asyncIterator]();
  await chunks.next();
  const error = chunks.next().catch((thrown: unknown) => thrown);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await error).toMatchObject({ kind: 'timeout', limit: 'idle' });
  await expect.poll(() => rehearsal.requests().at(-1)).toMatchObject({ end: 'client-left' });
});

test('real timers again: the next test streams', async ({ rehearsal }) => {
  vi.useRealTimers();
  expect(await textOf(rehearsal.endpoint)).toBe(text);
});

test('real timers: the agent goes away by a fault, and returns', async ({ rehearsal }) => {
  vi.useRealTimers();
  await rehearsal.next({ fault: { crash: { at: { chars: 5 } } } });
  await textOf(rehearsal.endpoint);
  await expect.poll(() => textOf(rehearsal.endpoint)).toBe(text);
});

test('a server that a test starts and closes under fake timers', async () => {
  const rehearsal = await startRehearsal({ speed: 'instant' });
  expect((await textOf(`${rehearsal.endpoint}?`)).length).toBe(500);
  await rehearsal.close();
});

test('fake timers that are still on do not keep the server open', async ({ rehearsal }) => {
  expect(await textOf(rehearsal.endpoint)).toBe(text);
});
