import type { JournalEntry } from '../control/journal.ts';
import {
  count,
  judgeDisconnect,
  judgeRetries,
  judgeStop,
  judgeRetryAfter,
  listRequests,
  type Failure,
} from './expect-requests.ts';

type Requests = readonly JournalEntry[];

function toDisconnectWithin(this: { isNot: boolean }, requests: Requests, ms: number) {
  return judge(
    this,
    judgeDisconnect(requests, ms),
    () => `the client not to disconnect within ${ms} ms, but it did${listRequests(requests)}`,
  );
}

function toRetryAtMost(this: { isNot: boolean }, requests: Requests, times: number) {
  return judge(
    this,
    judgeRetries(requests, times),
    () =>
      `the client to retry more than ${count(times, 'time')}, but it sent ${count(requests.length, 'request')}${listRequests(requests)}`,
  );
}

function toWaitForRetryAfter(this: { isNot: boolean }, requests: Requests) {
  return judge(
    this,
    judgeRetryAfter(requests),
    () => `the client to retry before Retry-After, but it did not${listRequests(requests)}`,
  );
}

function toStopAfterFinal(this: { isNot: boolean }, requests: Requests) {
  return judge(
    this,
    judgeStop(requests),
    () =>
      `the client to repeat a request after its final message, but it did not${listRequests(requests)}`,
  );
}

/** The checks of expect-requests.ts, as `expect.extend` of vitest and of Playwright takes them. */
export const matchers = {
  toDisconnectWithin,
  toRetryAtMost,
  toWaitForRetryAfter,
  toStopAfterFinal,
  /** @deprecated Renamed to `toDisconnectWithin`. */
  toBeCancelledWithin: toDisconnectWithin,
  /** @deprecated Renamed to `toRetryAtMost`. */
  toBeRetriedAtMost: toRetryAtMost,
  /** @deprecated Renamed to `toWaitForRetryAfter`. */
  toBeRetriedNotBeforeRetryAfter: toWaitForRetryAfter,
  /** @deprecated Renamed to `toStopAfterFinal`. */
  toBeAskedNoMoreAfterFinal: toStopAfterFinal,
};

/** The same as methods of `expect(requests)`. */
export type RehearsalMatchers = {
  [Name in keyof typeof matchers]: (typeof matchers)[Name] extends (
    requests: Requests,
    ...expected: infer Expected
  ) => unknown
    ? (...expected: Expected) => void
    : never;
};

/**
 * @param matcher `isNot` says whether the test wrote `.not`
 * @param failure undefined for a check that holds
 * @param unexpected what `.not` expected instead, for a check that holds
 */
function judge(
  { isNot }: { isNot: boolean },
  failure: Failure | undefined,
  unexpected: () => string,
): { pass: boolean; message: () => string } {
  if (failure === undefined) return { pass: true, message: () => `expected ${unexpected()}` };
  const { message, hasNothingToJudge } = failure;
  return { pass: hasNothingToJudge && isNot, message: () => message };
}
