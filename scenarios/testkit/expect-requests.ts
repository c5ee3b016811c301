import { AssertionError } from 'node:assert';

import type { JournalEntry } from '../../gateway/journal.ts';

/**
 * What a good client does, as checks of what a rehearsal's `requests()` gives; each throws an
 * AssertionError that says what was seen, which every test runner shows.
 */

/** The client left every one of these streams by itself, so many milliseconds after it asked at most. */
export function expectCancelledWithin(requests: readonly JournalEntry[], ms: number): void {
  refuseNone(requests);
  const late = requests.find(
    ({ end, durationMs }) => end !== 'client-left' || durationMs === null || durationMs > ms,
  );
  if (late === undefined) return;
  fail(`the client was to leave within ${ms} ms, but ${describe(late)}`, requests);
}

/** After the first request came so many others at most. */
export function expectRetriedAtMost(requests: readonly JournalEntry[], times: number): void {
  refuseNone(requests);
  const retries = requests.length - 1;
  if (retries > times)
    fail(`the client was to ask again ${times} times at most, not ${retries}`, requests);
}

/** After every refusal that said `Retry-After`, the next request with its prompt kept to that. */
export function expectRetriedNotBeforeRetryAfter(requests: readonly JournalEntry[]): void {
  const refused = requests.filter(({ retryAfterSec }) => retryAfterSec !== null);
  if (refused.length === 0) fail('no request was answered with Retry-After', requests);
  for (const refusal of refused) {
    const next = requests
      .slice(requests.indexOf(refusal) + 1)
      .find(({ prompt }) => prompt === refusal.prompt);
    if (next === undefined) continue;
    const pauseMs = Date.parse(next.at) - Date.parse(refusal.at) - (refusal.durationMs ?? 0);
    const leastMs = (refusal.retryAfterSec ?? 0) * 1000;
    // The time of a request is told in whole milliseconds.
    if (pauseMs < leastMs - 1) {
      fail(
        `the client was to wait ${leastMs} ms as Retry-After says, but asked again after ${Math.round(pauseMs)} ms`,
        requests,
      );
    }
  }
}

/** Nobody asked for the same again, or came back for more, once the final message had come. */
export function expectNotAskedAgainAfterFinal(requests: readonly JournalEntry[]): void {
  refuseNone(requests);
  const index = requests.findIndex(({ end }) => end === 'final');
  if (index < 0) fail('no stream came to its final message', requests);
  const { prompt, model } = requests[index] ?? {};
  const again = requests
    .slice(index + 1)
    .find((request) => request.prompt === prompt && request.model === model);
  if (again !== undefined) {
    fail(`the client asked again after the final message: ${describe(again)}`, requests);
  }
}

/** A check of nothing would always hold. */
function refuseNone(requests: readonly JournalEntry[]): void {
  if (requests.length === 0) fail('no request came', requests);
}

function fail(message: string, requests: readonly JournalEntry[]): never {
  const seen = requests.map((request) => `\n  ${describe(request)}`);
  throw new AssertionError({ message: `${message}; seen:${seen.join('') || ' nothing'}` });
}

function describe({
  at,
  transport,
  status,
  end,
  endedBy,
  durationMs,
  chars,
}: JournalEntry): string {
  const how =
    end === null ? 'still goes on' : `ended (${end}, by the ${endedBy}) after ${durationMs} ms`;
  return `${at} ${transport} ${status ?? '-'}: ${how}, ${chars} characters`;
}
