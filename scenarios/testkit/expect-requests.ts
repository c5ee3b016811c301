import { AssertionError } from 'node:assert';

import { findEarlyRetry } from '../control/early-retry.ts';
import type { JournalEntry } from '../control/journal.ts';

/**
 * Checks of a well-behaved client against the `requests()` of a rehearsal. Each throws an AssertionError
 * that lists the requests, which every test runner shows.
 */

/** Why a check fails. */
export interface Failure {
  message: string;
  /** Without a request to judge, the opposite of a check fails too: a test whose client sends nothing would pass. */
  hasNothingToJudge: boolean;
}

/** Fails unless the client left every stream by itself, within `ms` milliseconds of its request. */
export function expectDisconnectWithin(requests: readonly JournalEntry[], ms: number): void {
  refuse(judgeDisconnect(requests, ms));
}

export function judgeDisconnect(
  requests: readonly JournalEntry[],
  ms: number,
): Failure | undefined {
  const expected = `the client to disconnect within ${ms} ms`;
  if (requests.length === 0) return noRequest(expected);
  const late = requests.find(
    ({ end, durationMs }) => end !== 'client-left' || durationMs === null || durationMs > ms,
  );
  return late && failure(expected, `one stream ${describeEnd(late)}`, requests);
}

/** Fails if more than `times` requests followed the first one. */
export function expectRetryAtMost(requests: readonly JournalEntry[], times: number): void {
  refuse(judgeRetries(requests, times));
}

export function judgeRetries(
  requests: readonly JournalEntry[],
  times: number,
): Failure | undefined {
  const expected = `the client ${times === 0 ? 'not to retry' : `to retry at most ${count(times, 'time')}`}`;
  if (requests.length === 0) return noRequest(expected);
  return requests.length - 1 > times
    ? failure(expected, `it sent ${count(requests.length, 'request')}`, requests)
    : undefined;
}

/**
 * Fails if a request came before the `Retry-After` of an earlier refusal of its prompt had passed, or if
 * no response had a `Retry-After`.
 */
export function expectWaitForRetryAfter(requests: readonly JournalEntry[]): void {
  refuse(judgeRetryAfter(requests));
}

export function judgeRetryAfter(requests: readonly JournalEntry[]): Failure | undefined {
  if (requests.every(({ retryAfterSec }) => retryAfterSec === null)) {
    const expected = 'the client to wait for Retry-After';
    return nothingToJudge(expected, 'no response had a Retry-After', requests);
  }
  const early = findEarlyRetry(requests);
  return (
    early &&
    failure(
      `the client to wait ${early.leastMs} ms for Retry-After`,
      `it retried after ${Math.round(early.pauseMs)} ms`,
      requests,
    )
  );
}

/** Fails if the client repeated or resumed a completed request, or if no request completed. */
export function expectStopAfterFinal(requests: readonly JournalEntry[]): void {
  refuse(judgeStop(requests));
}

export function judgeStop(requests: readonly JournalEntry[]): Failure | undefined {
  const expected = 'the client to stop after the final message';
  if (requests.length === 0) return noRequest(expected);
  const index = requests.findIndex(({ end }) => end === 'final');
  if (index < 0) return nothingToJudge(expected, 'no stream had its final message', requests);
  const { prompt, model } = requests[index] ?? {};
  const repeated = requests
    .slice(index + 1)
    .find((request) => request.prompt === prompt && request.model === model);
  return (
    repeated &&
    failure(expected, `it repeated its request, which ${describeEnd(repeated)}`, requests)
  );
}

function refuse(problem: Failure | undefined): void {
  if (problem !== undefined) throw new AssertionError({ message: problem.message });
}

const noRequest = (expected: string): Failure =>
  nothingToJudge(expected, 'no request was recorded', []);

function nothingToJudge(
  expected: string,
  actual: string,
  requests: readonly JournalEntry[],
): Failure {
  return { ...failure(expected, actual, requests), hasNothingToJudge: true };
}

function failure(expected: string, actual: string, requests: readonly JournalEntry[]): Failure {
  const message = `expected ${expected}, but ${actual}${listRequests(requests)}`;
  return { message, hasNothingToJudge: false };
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
