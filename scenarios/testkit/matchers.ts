import { AssertionError } from 'node:assert';

import type { JournalEntry } from '../../gateway/journal.ts';
import {
  expectCancelledWithin,
  expectNotAskedAgainAfterFinal,
  expectRetriedAtMost,
  expectRetriedNotBeforeRetryAfter,
} from './expect-requests.ts';

type Requests = readonly JournalEntry[];

/** The checks of expect-requests.ts, as `expect.extend` of vitest and of Playwright takes them. */
export const matchers = {
  toBeCancelledWithin: (requests: Requests, ms: number) =>
    judge(() => expectCancelledWithin(requests, ms)),
  toBeRetriedAtMost: (requests: Requests, times: number) =>
    judge(() => expectRetriedAtMost(requests, times)),
  toBeRetriedNotBeforeRetryAfter: (requests: Requests) =>
    judge(() => expectRetriedNotBeforeRetryAfter(requests)),
  toBeAskedNoMoreAfterFinal: (requests: Requests) =>
    judge(() => expectNotAskedAgainAfterFinal(requests)),
};

/** What `expect` has of them. */
export type RehearsalMatchers = {
  [Name in keyof typeof matchers]: (typeof matchers)[Name] extends (
    requests: Requests,
    ...expected: infer Expected
  ) => unknown
    ? (...expected: Expected) => void
    : never;
};

function judge(check: () => void): { pass: boolean; message: () => string } {
  try {
    check();
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const { message } = error;
    return { pass: false, message: () => message };
  }
  return { pass: true, message: () => 'the requests were not to be so, but they are' };
}
