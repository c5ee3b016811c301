import type { Timers } from './timer.ts';

export type Limit = 'first-chunk' | 'idle' | 'total';

/** In milliseconds; 0 and Infinity are no limit. */
export interface LimitsMs {
  firstChunk: number;
  /** Without text; pings are not text. */
  idle: number;
  total: number;
}

export interface Limits {
  /** From now on the server owes text: its first, after a pause of `pauseMs`, or its next. */
  awaitText(limit: 'first-chunk' | 'idle', pauseMs?: number): void;
  /** The consumer has the text: its time is not the server's silence. */
  hold(): void;
  /** How much of the total is left. */
  leftMs(): number;
  stop(): void;
}

/** A timer that is later than this is late because the event loop was busy. */
const busyMs = 50;

/** How long the text that came meanwhile then has to be read. */
const graceMs = 10;

const never = () => {};

/** @param onOver called with the limit that is over */
export function startLimits(
  { firstChunk, idle, total }: LimitsMs,
  timers: Timers,
  onOver: (limit: Limit) => void,
): Limits {
  const hasTotal = isLimit(total);
  const endMs = hasTotal ? timers.nowMs() + total : Infinity;
  const stopTotal = hasTotal ? timers.after(total, () => onOver('total')) : never;
  let stopSilence = never;

  /** While the event loop is busy, text may come that nobody reads yet: that is no silence of the server. */
  function waitFor(limit: Limit, ms: number): void {
    const dueMs = timers.nowMs() + ms;
    stopSilence = timers.after(ms, () => {
      const lateMs = timers.nowMs() - dueMs;
      if (lateMs > busyMs) waitFor(limit, graceMs);
      else onOver(limit);
    });
  }

  return {
    awaitText(limit, pauseMs = 0) {
      stopSilence();
      const ms = limit === 'idle' ? idle : firstChunk;
      if (isLimit(ms)) waitFor(limit, ms + pauseMs);
    },
    hold: () => stopSilence(),
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
