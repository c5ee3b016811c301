import { performance } from 'node:perf_hooks';

/** How often the event loop is looked at, in milliseconds. */
const tickMs = 10;

/** A tick that is later than this is recorded; the resolution of timers is 1 ms. */
const leastMs = 2;

/** A tick that was late, and the one before it, by `performance.now()`. */
interface LateTick {
  fromMs: number;
  toMs: number;
}

/** A watch over how late the event loop of this process is. */
export interface LoopWatch {
  /**
   * Ends the watch. The returned function says by how much this process may have been late, in milliseconds, to
   * read what it read at a time of `performance.now()`.
   */
  stop(): (atMs: number) => number;
}

/** Watches the event loop from now on. */
export function watchLoop(): LoopWatch {
  const late: LateTick[] = [];
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - lastMs - tickMs > leastMs) late.push({ fromMs: lastMs, toMs: nowMs });
    lastMs = nowMs;
  }, tickMs);
  return {
    stop() {
      clearInterval(timer);
      return (atMs) => lateAt(late, atMs);
    },
  };
}

/**
 * Returns the lateness of the tick that was due when something was read, or just before: sockets are read after
 * the timers of the same turn.
 */
function lateAt(ticks: readonly LateTick[], atMs: number): number {
  let low = 0;
  let high = ticks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ticks[middle]?.fromMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  // The tick after a long one may be late too, by less.
  return Math.max(
    0,
    ...ticks.slice(Math.max(0, low - 2), low).map((tick) => latenessBy(tick, atMs)),
  );
}

function latenessBy({ fromMs, toMs }: LateTick, atMs: number): number {
  return atMs > toMs + tickMs ? 0 : Math.min(atMs - fromMs, toMs - fromMs - tickMs);
}
