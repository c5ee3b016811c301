import type { Limits } from '../../../clients/observe-client.ts';

/** The gateway's stream limit in these tests, well above the client's limits even on a busy machine. */
export const tableLimits: Limits = {
  streamLimitMs: 15_000,
  // A busy machine takes minutes for streams that arrive byte by byte; other cases never reach the limit.
  clientLimitMs: 300_000,
  mostRequests: 4,
};

/** Enough for the six retries of LangChain. */
export const patientLimits: Limits = { ...tableLimits, mostRequests: 8 };

/** Limits of `rehearsal/client`. */
export const clientLimits = { firstChunkTimeoutMs: 8000, idleTimeoutMs: 6000 };
