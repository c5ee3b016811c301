/**
 * How long a message has to wait so that messages keep their distance (specification D2): the first
 * leaves at once, each later one not before `intervalMs` after the one before it.
 *
 * @param lastPushMs when the last message left, on the same clock as `nowMs`; null before the first.
 * @returns milliseconds, 0 for now.
 */
export function pushDelayMs(nowMs: number, lastPushMs: number | null, intervalMs: number): number {
  return lastPushMs === null ? 0 : Math.max(0, lastPushMs + intervalMs - nowMs);
}
