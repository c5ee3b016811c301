import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/** Wakes many callers at their moments, with one timer for all that are due in the same millisecond. */
export interface Deadlines {
  /** Calls back once, not before `atMs` on the clock of `performance.now()`. */
  call(atMs: number, callback: () => void): void;
  /** Forgets a callback that waits for that moment. */
  forget(atMs: number, callback: () => void): void;
}

/** The longest that a timer of the platform can wait; after it the rest is waited for. */
const longestTimerMs = 2 ** 31 - 1;

interface Slot {
  callbacks: (() => void)[];
  timer: NodeJS.Timeout;
}

export function createDeadlines(): Deadlines {
  /** By the millisecond at whose beginning they are due. */
  const slots = new Map<number, Slot>();

  const arm = (ms: number): NodeJS.Timeout =>
    setTimeout(() => wake(ms), Math.min(Math.ceil(ms - performance.now()), longestTimerMs));

  const wake = (ms: number): void => {
    const slot = slots.get(ms);
    if (slot === undefined) return;
    if (performance.now() < ms) {
      slot.timer = arm(ms);
      return;
    }
    slots.delete(ms);
    for (const callback of slot.callbacks) callback();
  };

  return {
    call(atMs, callback) {
      const ms = Math.ceil(atMs);
      const slot = slots.get(ms);
      if (slot === undefined) slots.set(ms, { callbacks: [callback], timer: arm(ms) });
      else slot.callbacks.push(callback);
    },
    forget(atMs, callback) {
      const ms = Math.ceil(atMs);
      const slot = slots.get(ms);
      if (slot === undefined) return;
      slot.callbacks = slot.callbacks.filter((each) => each !== callback);
      if (slot.callbacks.length > 0) return;
      clearTimeout(slot.timer);
      slots.delete(ms);
    },
  };
}
