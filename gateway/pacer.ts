/**
 * How long a message has to wait so that messages keep their distance (specification D2): the first
 * leaves at once, each later one not before `intervalMs` after the one before it.
 *
 * @param pacedFromMs what `pacedFrom` said of the message before, on the same clock as `nowMs`; null
 *   before the first.
 * @returns milliseconds, 0 for now.
 */
export function pushDelayMs(nowMs: number, pacedFromMs: number | null, intervalMs: number): number {
  return pacedFromMs === null ? 0 : Math.max(0, pacedFromMs + intervalMs - nowMs);
}

/** So late a timer of the platform may be without anything being wrong. */
const timerSlackMs = 2;

/**
 * From when the distance to the next message is counted, where one leaves now: from the moment at which
 * it was allowed to, if that was only just.
 *
 * Were it always counted from now, what each timer is late would add up over a stream, until text that
 * came on time is held back for a whole interval. A ticker would not carry it on either.
 */
export function pacedFrom(nowMs: number, pacedFromMs: number | null, intervalMs: number): number {
  if (pacedFromMs === null) return nowMs;
  const allowedMs = pacedFromMs + intervalMs;
  return nowMs - allowedMs < Math.min(timerSlackMs, intervalMs) ? allowedMs : nowMs;
}
