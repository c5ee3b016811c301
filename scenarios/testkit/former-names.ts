import {
  expectDisconnectWithin,
  expectRetryAtMost,
  expectStopAfterFinal,
  expectWaitForRetryAfter,
} from './expect-requests.ts';

/** The names of the checks up to 0.1, which the next release removes. */

/** @deprecated Renamed to `expectDisconnectWithin`. */
export const expectCancelledWithin = expectDisconnectWithin;

/** @deprecated Renamed to `expectRetryAtMost`. */
export const expectRetriedAtMost = expectRetryAtMost;

/** @deprecated Renamed to `expectWaitForRetryAfter`. */
export const expectRetriedNotBeforeRetryAfter = expectWaitForRetryAfter;

/** @deprecated Renamed to `expectStopAfterFinal`. */
export const expectNotAskedAgainAfterFinal = expectStopAfterFinal;
