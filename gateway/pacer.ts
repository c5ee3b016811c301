/** How a stream's texts came and its messages left so far, on the clock of `performance.now()`. */
export interface Pace {
  /** When the last text came, */
  textMs: number;
  /** and how far apart texts come: the mean of some, to which each new one adds an eighth. */
  spacingMs: number;
  /** From when the distance to the next message is counted. */
  fromMs: number;
}

/** So late a timer of the platform may be without anything being wrong. */
const timerSlackMs = 2;

/** Of the interval: texts that come no closer than that come slowly, and have to keep no more than it. */
const slowShare = 0.95;

/** How much more than the interval a pause counts for, so that what comes after it is not taken for slow. */
const pauseShare = 1.2;

export function startPace(): Pace {
  return {
    textMs: Number.NEGATIVE_INFINITY,
    spacingMs: Number.POSITIVE_INFINITY,
    fromMs: Number.NEGATIVE_INFINITY,
  };
}

/** Notes that text comes now. */
export function noteText(nowMs: number, pace: Pace, intervalMs: number): void {
  const spacingMs = Math.min(nowMs - pace.textMs, intervalMs * pauseShare);
  const isFirst = pace.spacingMs === Number.POSITIVE_INFINITY;
  pace.spacingMs = isFirst ? intervalMs : pace.spacingMs + (spacingMs - pace.spacingMs) / 8;
  pace.textMs = nowMs;
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
  const slowMs = intervalMs * slowShare;
  const distanceMs = pace.spacingMs >= slowMs ? slowMs : intervalMs;
  return Math.max(0, pace.fromMs + distanceMs - nowMs);
}

/**
 * Notes that a message leaves now. The distance to the next is counted from the moment at which this one
 * was allowed to, if that was only just: what each timer is late would add up over a stream.
 */
export function notePush(nowMs: number, pace: Pace, intervalMs: number): void {
  const allowedMs = pace.fromMs + intervalMs;
  const lateMs = nowMs - allowedMs;
  const isTimers = lateMs >= 0 && lateMs < Math.min(timerSlackMs, intervalMs);
  pace.fromMs = isTimers ? allowedMs : nowMs;
}
