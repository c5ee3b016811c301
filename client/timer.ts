/** The longest delay of `setTimeout`; it fires longer ones at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Returns the current timers of the page. A test may install or remove fake timers later, and a timer has to
 * be cleared by the same clock that started it.
 */
export function takeTimers() {
  const { setTimeout, clearTimeout, performance } = globalThis;
  return {
    nowMs: () => performance.now(),
    /** Calls back once after any finite time; returns a function that cancels it. */
    after(ms: number, callback: () => void): () => void {
      let leftMs = ms;
      let timer: ReturnType<typeof setTimeout>;
      const wait = () => {
        const waitMs = Math.min(leftMs, longestMs);
        leftMs -= waitMs;
        timer = setTimeout(leftMs > 0 ? wait : callback, waitMs);
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}

export type Timers = ReturnType<typeof takeTimers>;
