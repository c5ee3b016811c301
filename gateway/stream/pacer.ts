/** How a stream's texts came and its messages left so far, on the clock of `performance.now()`. */
export interface Pace {
  /** When the last text came, */
  textMs: number;
  /** and when the first of those that wait; infinity where none does. */
  waitsMs: number;
  /** How far apart texts come: the mean of some, to which each new one adds an eighth. */
  spacingMs: number;
  /** From when the distance to the next message is counted. */
  fromMs: number;
}

/** Of the interval: texts that come no closer than that come slowly, and have to keep no more than it. */
const slowShare = 0.95;

/**
 * Of the interval, by so much more or less counts how far apart two texts come: neither a pause nor what
 * a busy process reads late and in one go says how fast an agent is.
 */
const spacingShare = 0.2;

/** Of the interval: so late the process may be with a message that waited, and not the stream. */
const forgivenShare = 0.5;

export function startPace(): Pace {
  return {
    textMs: Number.NEGATIVE_INFINITY,
    waitsMs: Number.POSITIVE_INFINITY,
    spacingMs: Number.POSITIVE_INFINITY,
    fromMs: Number.NEGATIVE_INFINITY,
  };
}

/** Notes that text comes now. */
export function noteText(nowMs: number, pace: Pace, intervalMs: number): void {
  const leastMs = intervalMs * (1 - spacingShare);
  const mostMs = intervalMs * (1 + spacingShare);
  const spacingMs = Math.min(Math.max(nowMs - pace.textMs, leastMs), mostMs);
  const isFirst = pace.spacingMs === Number.POSITIVE_INFINITY;
  // In doubt to begin with: the first gap tells.
  pace.spacingMs = isFirst
    ? intervalMs * slowShare
    : pace.spacingMs + (spacingMs - pace.spacingMs) / 8;
  pace.textMs = nowMs;
  if (pace.waitsMs > nowMs) pace.waitsMs = nowMs;
}

/**
 * How long a message has to wait so that messages keep their distance (specification D2): the first
 * leaves at once, each later one not before `intervalMs` after the one before it.
 *
 * An agent that sends no faster than that by itself is held back by a twentieth less: a stream that was
 * late once, at its start say, is on time again some messages later, where it would stay late to its end.
 *
 * @returns milliseconds, 0 for now.
 */
export function pushDelayMs(nowMs: number, pace: Pace, intervalMs: number): number {
  return Math.max(0, allowedMs(pace, intervalMs) - nowMs);
}

/**
 * Notes that a message leaves now. Where it had to wait, the distance to the next is counted from when
 * it was allowed to leave: what the timers of a busy process are late would add up over a stream.
 */
export function notePush(nowMs: number, pace: Pace, intervalMs: number): void {
  const dueMs = allowedMs(pace, intervalMs);
  const hasWaited = pace.waitsMs < dueMs;
  const isForgiven = hasWaited && nowMs - dueMs < intervalMs * forgivenShare;
  pace.fromMs = isForgiven ? dueMs : nowMs;
  pace.waitsMs = Number.POSITIVE_INFINITY;
}

/** The moment from which on the next message may leave. */
function allowedMs({ fromMs, spacingMs }: Pace, intervalMs: number): number {
  const slowMs = intervalMs * slowShare;
  return fromMs + (spacingMs >= slowMs ? slowMs : intervalMs);
}
