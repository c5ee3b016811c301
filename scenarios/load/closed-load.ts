import { levelsOf, spansOf, type Span } from './levels.ts';
import type { LoadProfile } from './profile.ts';
import { startSlot, type Slot } from './slot.ts';
import type { ProbeContext } from './client/stream-probe.ts';

/** A running load, closed or open. */
export interface StartedLoad {
  /** Ends the streams that have exceeded a limit. */
  checkLimits(nowMs: number): void;
  /** Starts no more streams, and ends the open ones as censored. */
  abort(): void;
  /** Resolves when every stream has ended and every socket is closed. */
  done: Promise<void>;
}

/** Starts a closed load: each slot starts when the load first reaches its number. */
export function startClosedLoad(profile: LoadProfile, load: ProbeContext): StartedLoad {
  const levels = levelsOf(profile);
  const spans = Array.from({ length: profile.streams }, (_, slot) => spansOf(levels, slot));
  const slots: Slot[] = [];
  let remaining = 0;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });

  function subtract(count: number): void {
    remaining -= count;
    if (remaining === 0) settle();
  }

  const timers = spans.filter(isNotEmpty).map((slotSpans, slot) => {
    remaining += 1;
    return setTimeout(() => {
      const started = startSlot(slot, slotSpans, profile.thinkMs, load);
      slots.push(started);
      void started.done.then(() => subtract(1));
    }, slotSpans[0].fromMs);
  });

  return {
    checkLimits(nowMs) {
      for (const slot of slots) slot.checkLimits(nowMs);
    },
    abort() {
      for (const timer of timers) clearTimeout(timer);
      for (const slot of slots) slot.abort();
      subtract(timers.length - slots.length);
    },
    done,
  };
}

function isNotEmpty(spans: Span[]): spans is [Span, ...Span[]] {
  return spans.length > 0;
}
