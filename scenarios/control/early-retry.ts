import type { JournalEntry } from './journal.ts';

export interface EarlyRetry {
  /** From the end of the refusal to the next request. */
  pauseMs: number;
  /** What `Retry-After` asked for. */
  leastMs: number;
}

/** Returns the first request that came before the `Retry-After` of an earlier refusal of its prompt had passed. */
export function findEarlyRetry(requests: readonly JournalEntry[]): EarlyRetry | undefined {
  for (const [index, refusal] of requests.entries()) {
    if (refusal.retryAfterSec === null) continue;
    const next = requests.slice(index + 1).find(({ prompt }) => prompt === refusal.prompt);
    if (next === undefined) continue;
    const pauseMs = Date.parse(next.at) - Date.parse(refusal.at) - (refusal.durationMs ?? 0);
    const leastMs = refusal.retryAfterSec * 1000;
    // The journal has the time of a request in whole milliseconds.
    if (pauseMs < leastMs - 1) return { pauseMs, leastMs };
  }
  return undefined;
}
