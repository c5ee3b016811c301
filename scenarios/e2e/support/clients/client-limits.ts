import type { Limits } from '../../../clients/observe-client.ts';

/** The stream limit replaces two minutes. It is far enough from the client's limits for a busy machine. */
export const tableLimits: Limits = {
  streamLimitMs: 15_000,
  clientLimitMs: 120_000,
  mostRequests: 4,
};

/** Enough for the six retries of LangChain, with its longest waits between them. */
export const patientLimits: Limits = { ...tableLimits, clientLimitMs: 180_000, mostRequests: 8 };

/** Limits of `rehearsal/client`. */
export const clientLimits = { firstChunkTimeoutMs: 8000, idleTimeoutMs: 6000 };
