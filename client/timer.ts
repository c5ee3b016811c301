/** The longest that `setTimeout` can wait: beyond it, it fires at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Takes the page's timers as they are now: a timer that fake timers started must be cleared by them, and
 * a real one by the real ones, whichever are installed by then.
 */
export function takeTimers() {
  const { setTimeout, clearTimeout, performance } = globalThis;
  return {
    nowMs: () => performance.now(),
    /** Calls back once after any finite time; returns what prevents it. */
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
