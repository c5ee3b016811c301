/** The timing of a stream's texts from the agent and messages to the client, by `performance.now()`. */
export interface Pace {
  /** When the last text arrived. */
  textMs: number;
  /** When the first waiting text arrived; infinity if none waits. */
  waitsMs: number;
  /** The exponential moving average of the gaps between texts, with a weight of one eighth. */
  spacingMs: number;
  /** The time from which the distance to the next message is measured. */
  fromMs: number;
}

/** As a share of the interval: an agent with at least this spacing is slow, and this distance is enough for it. */
const slowShare = 0.95;

/**
 * As a share of the interval: gaps are clamped to this distance around it, because neither a pause nor a late
 * read of a busy process says how fast an agent is.
 */
const spacingShare = 0.2;

/** As a share of the interval: lateness of a waiting message up to this is not passed on to later ones. */
const forgivenShare = 0.5;

export function startPace(): Pace {
  return {
    textMs: Number.NEGATIVE_INFINITY,
    waitsMs: Number.POSITIVE_INFINITY,
    spacingMs: Number.POSITIVE_INFINITY,
    fromMs: Number.NEGATIVE_INFINITY,
  };
}

/** Records the arrival of text. */
export function noteText(nowMs: number, pace: Pace, intervalMs: number): void {
  const leastMs = intervalMs * (1 - spacingShare);
  const mostMs = intervalMs * (1 + spacingShare);
  const spacingMs = Math.min(Math.max(nowMs - pace.textMs, leastMs), mostMs);
  const isFirst = pace.spacingMs === Number.POSITIVE_INFINITY;
  // Unknown until the first gap, so it starts at the limit of a slow agent.
  pace.spacingMs = isFirst
    ? intervalMs * slowShare
    : pace.spacingMs + (spacingMs - pace.spacingMs) / 8;
  pace.textMs = nowMs;
  if (pace.waitsMs > nowMs) pace.waitsMs = nowMs;
}

/**
 * Returns the delay in milliseconds, or 0, before the next message can be sent (D2): the first one at once,
 * each later one at least `intervalMs` after the one before it.
 *
 * For an agent that sends no faster than that, the distance is 5 % shorter. A stream that was late once, such
 * as at its start, then catches up after some messages instead of staying late to its end.
 */
export function pushDelayMs(nowMs: number, pace: Pace, intervalMs: number): number {
  return Math.max(0, allowedMs(pace, intervalMs) - nowMs);
}

/**
 * Records that a message is sent. If it had to wait, the distance to the next is measured from the time at
 * which it was due, since the lateness of timers in a busy process would otherwise add up.
 */
export function notePush(nowMs: number, pace: Pace, intervalMs: number): void {
  const dueMs = allowedMs(pace, intervalMs);
  const hasWaited = pace.waitsMs < dueMs;
  const isForgiven = hasWaited && nowMs - dueMs < intervalMs * forgivenShare;
  pace.fromMs = isForgiven ? dueMs : nowMs;
  pace.waitsMs = Number.POSITIVE_INFINITY;
}

/** Returns the earliest time of the next message. */
function allowedMs({ fromMs, spacingMs }: Pace, intervalMs: number): number {
  const slowMs = intervalMs * slowShare;
  return fromMs + (spacingMs >= slowMs ? slowMs : intervalMs);
}
