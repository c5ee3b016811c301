import type { Limits } from '../../../clients/observe-client.ts';

/** The stream limit replaces two minutes. It is far enough from the client's limits for a busy machine. */
export const tableLimits: Limits = {
  streamLimitMs: 15_000,
  // A busy machine takes minutes for streams whose bytes arrive alone. Nobody waits for this limit otherwise.
  clientLimitMs: 300_000,
  mostRequests: 4,
};

/** Enough for the six retries of LangChain. */
export const patientLimits: Limits = { ...tableLimits, mostRequests: 8 };

/** Limits of `rehearsal/client`. */
export const clientLimits = { firstChunkTimeoutMs: 8000, idleTimeoutMs: 6000 };
