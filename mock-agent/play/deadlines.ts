import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/** Calls many callbacks at their times, with one timer per millisecond. */
export interface Deadlines {
  /** Calls back once, never before `atMs` (`performance.now()`). */
  call(atMs: number, callback: () => void): void;
  /** Cancels a callback that is due at that time. */
  forget(atMs: number, callback: () => void): void;
}

/** The longest delay of setTimeout; longer ones are split. */
const longestTimerMs = 2 ** 31 - 1;

interface Slot {
  callbacks: (() => void)[];
  timer: NodeJS.Timeout;
}

export function createDeadlines(): Deadlines {
  /** By their due time, rounded up to a millisecond. */
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
