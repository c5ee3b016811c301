/** How a stream's texts came and its messages left so far, on the clock of `performance.now()`. */
export interface Pace {
  /** When the last text came. */
  textMs: number;
  /** It came so long after the one before that the limit had nothing to do, were no stream ever late. */
  isSlow: boolean;
  /** From when the distance to the next message is counted. */
  fromMs: number;
}

/** So late a timer of the platform may be without anything being wrong. */
const timerSlackMs = 2;

/** The least distance of texts that come slowly, as a share of the interval. */
const slowShare = 0.95;

export function startPace(): Pace {
  return {
    textMs: Number.NEGATIVE_INFINITY,
    isSlow: true,
    fromMs: Number.NEGATIVE_INFINITY,
  };
}

/** Notes that text comes now. */
export function noteText(nowMs: number, pace: Pace, intervalMs: number): void {
  pace.isSlow = nowMs - pace.textMs >= intervalMs * slowShare;
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
export function pushDelayMs(nowMs: number, { isSlow, fromMs }: Pace, intervalMs: number): number {
  return Math.max(0, fromMs + intervalMs * (isSlow ? slowShare : 1) - nowMs);
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
