import { expect, test } from 'vitest';

import type { JournalEntry } from '../../gateway/journal.ts';
import {
  expectCancelledWithin,
  expectNotAskedAgainAfterFinal,
  expectRetriedAtMost,
  expectRetriedNotBeforeRetryAfter,
} from './expect-requests.ts';

const request = (changes: Partial<JournalEntry> = {}): JournalEntry => ({
  id: 'id',
  at: '2026-01-01T00:00:00.000Z',
  test: null,
  transport: 'POST',
  prompt: 'hi',
  model: 'gpt-4',
  scenario: 'healthy',
  key: 'k',
  lastEventId: null,
  status: 200,
  messages: { written: 3, acknowledged: 3 },
  chars: 12,
  end: 'final',
  endedBy: 'server',
  retryAfterSec: null,
  firstChunkMs: 10,
  durationMs: 100,
  ...changes,
});
const left = request({ end: 'client-left', endedBy: 'client' });
const refused = request({ status: 429, end: 'RATE_LIMITED', retryAfterSec: 1, durationMs: 5 });
const at = (sec: string) => request({ at: `2026-01-01T00:00:${sec}Z` });

test('a cancel in time holds; one too late, or none, says what was seen', () => {
  expectCancelledWithin([left], 100);
  expect(() => expectCancelledWithin([left], 99)).toThrow(
    'the client was to leave within 99 ms, but 2026-01-01T00:00:00.000Z POST 200: ' +
      'ended (client-left, by the client) after 100 ms, 12 characters; seen:',
  );
  expect(() => expectCancelledWithin([request()], 1000)).toThrow(/ended \(final, by the server\)/);
  const open = request({ end: null, endedBy: null, durationMs: null });
  expect(() => expectCancelledWithin([open], 1000)).toThrow(/still goes on/);
});

test('retries are counted without the first request', () => {
  expectRetriedAtMost([refused, request()], 1);
  expect(() => expectRetriedAtMost([refused, refused, request()], 1)).toThrow(
    /1 times at most, not 2/,
  );
});

test('the pause of Retry-After counts from the refusal on', () => {
  expectRetriedNotBeforeRetryAfter([refused, at('01.005')]);
  expect(() => expectRetriedNotBeforeRetryAfter([refused, at('00.905')])).toThrow(
    /wait 1000 ms as Retry-After says, but asked again after 900 ms/,
  );
  // Another prompt is another question.
  expectRetriedNotBeforeRetryAfter([refused, request({ prompt: 'other' })]);
  expect(() => expectRetriedNotBeforeRetryAfter([request()])).toThrow(
    /no request was answered with/,
  );
});

test('whoever asks for the same after its end is told', () => {
  expectNotAskedAgainAfterFinal([refused, request()]);
  expectNotAskedAgainAfterFinal([request(), request({ prompt: 'other' })]);
  expect(() =>
    expectNotAskedAgainAfterFinal([request(), request({ status: 204, end: 'nothing-more' })]),
  ).toThrow(/asked again after the final message: .* 204: ended \(nothing-more/);
  expect(() => expectNotAskedAgainAfterFinal([left])).toThrow(/no stream came to its final/);
});

test.each([
  () => expectCancelledWithin([], 1),
  () => expectRetriedAtMost([], 1),
  () => expectRetriedNotBeforeRetryAfter([]),
  () => expectNotAskedAgainAfterFinal([]),
])('no requests at all satisfy no check (%#)', (check) => {
  expect(check).toThrow(/; seen: nothing$/);
});
