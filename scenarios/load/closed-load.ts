import type { OpenProbe } from './open-probe.ts';
import type { LoadProfile } from './profile/profile.ts';
import { slotsOf, type Shard } from './profile/shard.ts';
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
export function startClosedLoad(
  profile: LoadProfile,
  shard: Shard,
  load: ProbeContext,
  openProbe: OpenProbe,
): StartedLoad {
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

  const timers = slotsOf(profile, shard).map(({ slot, spans }) => {
    remaining += 1;
    const delayMs = Math.ceil(spans[0].fromMs - load.clock());
    return setTimeout(() => {
      const started = startSlot(slot, spans, profile.thinkMs, load, openProbe);
      slots.push(started);
      void started.done.then(() => subtract(1));
    }, delayMs);
  });
  // A shard may have no slot that starts a stream.
  subtract(0);

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
