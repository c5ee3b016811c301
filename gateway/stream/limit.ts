import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/** The time limit of a stream, whose clock can stand still. */
export interface Limit {
  setClock(isRunning: boolean): void;
  /** Ends the watch; the limit is never reached afterwards. */
  stop(): void;
}

/** @param standstillMs how long the clock may stand still in all */
export function startLimit(limitMs: number, standstillMs: number, onReached: () => void): Limit {
  let leftMs = limitMs;
  let standstillLeftMs = standstillMs;
  let isRunning = true;
  let sinceMs = performance.now();
  let isOver = false;

  const reach = () => {
    isOver = true;
    onReached();
  };
  let timer = setTimeout(reach, limitMs);

  return {
    setClock(runs) {
      if (isOver || runs === isRunning || standstillMs === 0) return;
      const nowMs = performance.now();
      const passedMs = nowMs - sinceMs;
      if (isRunning) {
        leftMs -= passedMs;
      } else {
        // A standstill beyond its limit counts.
        leftMs -= Math.max(0, passedMs - standstillLeftMs);
        standstillLeftMs = Math.max(0, standstillLeftMs - passedMs);
      }
      isRunning = runs;
      sinceMs = nowMs;
      clearTimeout(timer);
      timer = setTimeout(reach, Math.max(0, runs ? leftMs : leftMs + standstillLeftMs));
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
