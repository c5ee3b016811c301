import { AssertionError } from 'node:assert';

import { findEarlyRetry } from '../control/early-retry.ts';
import type { JournalEntry } from '../control/journal.ts';

/**
 * Checks of a well-behaved client against the `requests()` of a rehearsal. Each throws an AssertionError
 * that lists the requests, which every test runner shows.
 */

/** Without a request to judge, a check and its opposite fail: a test whose client sends nothing would pass. */
export class NothingToJudge extends AssertionError {}

/** Fails unless the client left every stream by itself, within `ms` milliseconds of its request. */
export function expectDisconnectWithin(requests: readonly JournalEntry[], ms: number): void {
  const expected = `the client to disconnect within ${ms} ms`;
  refuseNone(expected, requests);
  const late = requests.find(
    ({ end, durationMs }) => end !== 'client-left' || durationMs === null || durationMs > ms,
  );
  if (late === undefined) return;
  fail(expected, `one stream ${describeEnd(late)}`, requests);
}

/** Fails if more than `times` requests followed the first one. */
export function expectRetryAtMost(requests: readonly JournalEntry[], times: number): void {
  const expected = `the client ${times === 0 ? 'not to retry' : `to retry at most ${count(times, 'time')}`}`;
  refuseNone(expected, requests);
  if (requests.length - 1 > times) {
    fail(expected, `it sent ${count(requests.length, 'request')}`, requests);
  }
}

/**
 * Fails if a request came before the `Retry-After` of an earlier refusal of its prompt had passed, or if
 * no response had a `Retry-After`.
 */
export function expectWaitForRetryAfter(requests: readonly JournalEntry[]): void {
  const expected = 'the client to wait for Retry-After';
  if (requests.every(({ retryAfterSec }) => retryAfterSec === null)) {
    throw new NothingToJudge(describeFailure(expected, 'no response had a Retry-After', requests));
  }
  const early = findEarlyRetry(requests);
  if (early === undefined) return;
  fail(
    `the client to wait ${early.leastMs} ms for Retry-After`,
    `it retried after ${Math.round(early.pauseMs)} ms`,
    requests,
  );
}

/** Fails if the client repeated or resumed a completed request, or if no request completed. */
export function expectStopAfterFinal(requests: readonly JournalEntry[]): void {
  const expected = 'the client to stop after the final message';
  refuseNone(expected, requests);
  const index = requests.findIndex(({ end }) => end === 'final');
  if (index < 0) {
    throw new NothingToJudge(
      describeFailure(expected, 'no stream had its final message', requests),
    );
  }
  const { prompt, model } = requests[index] ?? {};
  const repeated = requests
    .slice(index + 1)
    .find((request) => request.prompt === prompt && request.model === model);
  if (repeated !== undefined) {
    fail(expected, `it repeated its request, which ${describeEnd(repeated)}`, requests);
  }
}

function refuseNone(expected: string, requests: readonly JournalEntry[]): void {
  if (requests.length > 0) return;
  throw new NothingToJudge(describeFailure(expected, 'no request was recorded', requests));
}

function fail(expected: string, actual: string, requests: readonly JournalEntry[]): never {
  throw new AssertionError(describeFailure(expected, actual, requests));
}

function describeFailure(expected: string, actual: string, requests: readonly JournalEntry[]) {
  return { message: `expected ${expected}, but ${actual}${listRequests(requests)}` };
}

/** Returns one line for each request, for the end of a message. */
export function listRequests(requests: readonly JournalEntry[]): string {
  if (requests.length === 0) return '';
  return `:${requests.map((request) => `\n  ${describe(request)}`).join('')}`;
}

function describe(request: JournalEntry): string {
  const { at, transport, status, chars } = request;
  return `${at} ${transport} ${status ?? '-'}: ${describeEnd(request)}, ${chars} characters`;
}

function describeEnd({ end, endedBy, durationMs }: JournalEntry): string {
  return end === null
    ? 'is still open'
    : `ended after ${durationMs} ms (${end}, by the ${endedBy})`;
}

/** Returns a number with its noun, such as `1 time` and `3 requests`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
