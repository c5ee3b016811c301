import { levelsOf, spansOf, type Span } from './levels.ts';
import type { LoadProfile } from './profile.ts';
import { startSlot, type Slot } from './slot.ts';
import type { ProbeContext } from './client/stream-probe.ts';

/** Streams that are started by some rule. */
export interface StartedLoad {
  /** Ends the streams that are over one of their limits. */
  checkLimits(nowMs: number): void;
  /** Starts no more, and ends those that are open as censored. */
  abort(): void;
  /** Resolves when every stream has ended and every socket is closed. */
  done: Promise<void>;
}

/** Starts each slot when the load has first risen to it. */
export function startClosedLoad(profile: LoadProfile, load: ProbeContext): StartedLoad {
  const levels = levelsOf(profile);
  const spans = Array.from({ length: profile.streams }, (_, slot) => spansOf(levels, slot));
  const slots: Slot[] = [];
  let remaining = 0;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });

  function less(count: number): void {
    remaining -= count;
    if (remaining === 0) settle();
  }

  const timers = spans.filter(isNotEmpty).map((ofSlot, slot) => {
    remaining += 1;
    return setTimeout(() => {
      const started = startSlot(slot, ofSlot, profile.thinkMs, load);
      slots.push(started);
      void started.done.then(() => less(1));
    }, ofSlot[0].fromMs);
  });

  return {
    checkLimits(nowMs) {
      for (const slot of slots) slot.checkLimits(nowMs);
    },
    abort() {
      for (const timer of timers) clearTimeout(timer);
      for (const slot of slots) slot.abort();
      less(timers.length - slots.length);
    },
    done,
  };
}

function isNotEmpty(spans: Span[]): spans is [Span, ...Span[]] {
  return spans.length > 0;
}
