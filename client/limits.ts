import type { Timers } from './timer.ts';

export type Limit = 'first-chunk' | 'idle' | 'total';

/** Timeouts in milliseconds; 0 and Infinity mean no limit. */
export interface LimitsMs {
  firstChunk: number;
  /** Time without text; pings do not count as text. */
  idle: number;
  total: number;
}

export interface Limits {
  /** Starts the timeout for the next text, after a pause of `pauseMs` before the request. */
  awaitText(limit: 'first-chunk' | 'idle', pauseMs?: number): void;
  /** Stops that timeout while the consumer handles a chunk. */
  pause(): void;
  /** Time left of the total; Infinity without that limit. */
  leftMs(): number;
  stop(): void;
}

/** A timer that fires later than this was delayed by a busy event loop. */
const busyMs = 50;

/** Extra time after such a delay, to read text that arrived meanwhile. */
const graceMs = 10;

/** How often that time is given for one timeout: the timers of a page in the background are always late. */
const mostGraces = 5;

const noop = () => {};

/** @param onTimeout called with the limit that was exceeded */
export function startLimits(
  { firstChunk, idle, total }: LimitsMs,
  timers: Timers,
  onTimeout: (limit: Limit) => void,
): Limits {
  const hasTotal = isLimit(total);
  const endMs = hasTotal ? timers.nowMs() + total : Infinity;
  const stopTotal = hasTotal ? timers.after(total, () => onTimeout('total')) : noop;
  let stopSilence = noop;

  /** Text that arrives while the event loop is busy waits to be read, so it is not the server's silence. */
  function waitFor(limit: Limit, ms: number, graces = mostGraces): void {
    const dueMs = timers.nowMs() + ms;
    stopSilence = timers.after(ms, () => {
      const lateMs = timers.nowMs() - dueMs;
      if (lateMs > busyMs && graces > 0) waitFor(limit, graceMs, graces - 1);
      else onTimeout(limit);
    });
  }

  return {
    awaitText(limit, pauseMs = 0) {
      stopSilence();
      const ms = limit === 'idle' ? idle : firstChunk;
      if (isLimit(ms)) waitFor(limit, ms + pauseMs);
    },
    pause: () => stopSilence(),
    leftMs: () => endMs - timers.nowMs(),
    stop() {
      stopTotal();
      stopSilence();
    },
  };
}

function isLimit(ms: number): boolean {
  return ms > 0 && ms < Infinity;
}
