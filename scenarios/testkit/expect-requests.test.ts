import { expect, test } from 'vitest';

import type { JournalEntry } from '../control/journal.ts';
import {
  expectDisconnectWithin,
  expectStopAfterFinal,
  expectRetryAtMost,
  expectWaitForRetryAfter,
} from './expect-requests.ts';

const request = (changes: Partial<JournalEntry> = {}): JournalEntry => ({
  id: 'id',
  at: '2026-01-01T00:00:00.000Z',
  test: null,
  transport: 'POST',
  path: '/api/v1/ai/generate',
  prompt: 'hi',
  model: 'gpt-4',
  scenario: 'healthy',
  key: 'k',
  requestedFaults: null,
  struckFaults: [],
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

test('a disconnect in time passes; a later one, or none, fails with the end of the stream', () => {
  expectDisconnectWithin([left], 100);
  expect(() => expectDisconnectWithin([left], 99)).toThrow(
    'expected the client to disconnect within 99 ms, ' +
      'but one stream ended after 100 ms (client-left, by the client):\n' +
      '  2026-01-01T00:00:00.000Z POST 200: ' +
      'ended after 100 ms (client-left, by the client), 12 characters',
  );
  expect(() => expectDisconnectWithin([request()], 1000)).toThrow(/\(final, by the server\)/);
  const open = request({ end: null, endedBy: null, durationMs: null });
  expect(() => expectDisconnectWithin([open], 1000)).toThrow('but one stream is still open:\n');
});

test('retries are counted without the first request', () => {
  expectRetryAtMost([refused, request()], 1);
  expect(() => expectRetryAtMost([refused, refused, request()], 1)).toThrow(
    'expected the client to retry at most 1 time, but it sent 3 requests:\n',
  );
  expect(() => expectRetryAtMost([refused, refused, request()], 0)).toThrow(
    'expected the client not to retry, but it sent 3 requests:\n',
  );
});

test('the pause of Retry-After counts from the refusal', () => {
  expectWaitForRetryAfter([refused, at('01.005')]);
  expect(() => expectWaitForRetryAfter([refused, at('00.905')])).toThrow(
    'expected the client to wait 1000 ms for Retry-After, but it retried after 900 ms:\n',
  );
  // Another prompt is another request.
  expectWaitForRetryAfter([refused, request({ prompt: 'other' })]);
  expect(() => expectWaitForRetryAfter([request()])).toThrow(
    'but no response had a Retry-After:\n',
  );
});

test('a client that repeats a finished request fails', () => {
  expectStopAfterFinal([refused, request()]);
  expectStopAfterFinal([request(), request({ prompt: 'other' })]);
  expect(() =>
    expectStopAfterFinal([request(), request({ status: 204, end: 'nothing-more' })]),
  ).toThrow(
    'expected the client to stop after the final message, ' +
      'but it repeated its request, which ended after 100 ms (nothing-more, by the server):\n',
  );
  expect(() => expectStopAfterFinal([left])).toThrow('but no stream had its final message:\n');
});

test.each([
  () => expectDisconnectWithin([], 1),
  () => expectRetryAtMost([], 1),
  () => expectStopAfterFinal([]),
])('no check passes without a request (%#)', (check) => {
  expect(check).toThrow(/^expected the client .*, but no request was recorded$/);
});

test('waiting for Retry-After fails without a request', () => {
  expect(() => expectWaitForRetryAfter([])).toThrow(/, but no response had a Retry-After$/);
});
