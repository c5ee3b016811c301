import type { StreamProbe } from './stream-probe.ts';

export interface Ramp {
  /** Those that have started so far. */
  readonly probes: readonly StreamProbe[];
  /** Starts no more, and aborts those that have started. */
  abort(): void;
  /** Resolves when every slot is done, those that never started left out. */
  done: Promise<void>;
}

/**
 * Starts each slot at its time.
 * @param startTimes of the slots, in milliseconds from now
 */
export function rampUp(
  startTimes: readonly number[],
  start: (slot: number, startAtMs: number) => StreamProbe,
): Ramp {
  const probes: StreamProbe[] = [];
  let remaining = startTimes.length;
  let settle: () => void;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });

  const timers = startTimes.map((startAtMs, slot) =>
    setTimeout(() => {
      const probe = start(slot, startAtMs);
      probes.push(probe);
      void probe.done.then(() => less(1));
    }, startAtMs),
  );

  function less(slots: number): void {
    remaining -= slots;
    if (remaining === 0) settle();
  }

  return {
    probes,
    abort() {
      for (const timer of timers) clearTimeout(timer);
      for (const probe of probes) probe.abort();
      less(startTimes.length - probes.length);
    },
    done,
  };
}
