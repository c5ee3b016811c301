import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import type { Health } from '../../reports/health.ts';

/** What the load client says about itself; the figures are those of its whole process. */
export type ClientHealth = Health['client'];

/** Between two looks of Node's at its event loop. */
const resolutionMs = 10;

export interface ClientWatch {
  /** Takes the memory in use into account; to be called about once a second. */
  sample(): void;
  /** Ends the watch, if its time is not over already. All zeros where its time never came. */
  stop(): ClientHealth;
}

/** Watches this process from a moment to another, both in milliseconds from now. */
export function watchFromTo(fromMs: number, toMs: number): ClientWatch {
  let watch: ClientWatch | null = null;
  let health: ClientHealth = {
    loopDelayMs: { p50: 0, p99: 0, max: 0 },
    cpuCores: 0,
    rssMb: 0,
  };
  const startTimer = setTimeout(() => {
    watch = watchFromNow();
  }, fromMs);
  const stopTimer = setTimeout(stop, toMs);

  function stop(): ClientHealth {
    clearTimeout(startTimer);
    clearTimeout(stopTimer);
    if (watch) health = watch.stop();
    watch = null;
    return health;
  }

  return { sample: () => watch?.sample(), stop };
}

/**
 * The loop delay comes from a timer of 10 ms in Node's core, of which each firing is one value:
 * the time since the last, those 10 ms taken off. It says how long bytes that had arrived may have
 * waited to be read, and so by how much `arrivals` may be late. A block of 100 ms is one value, not
 * ten: p99 is of the times that the loop was asked, not of time.
 */
function watchFromNow(): ClientWatch {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const startedAtMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  let rssBytes = process.memoryUsage.rss();

  function sample(): void {
    rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
  }

  return {
    sample,
    stop() {
      delay.disable();
      sample();
      const cpu = process.cpuUsage(cpuAtStart);
      const elapsedMicros = (performance.now() - startedAtMs) * 1000;
      return {
        loopDelayMs: {
          p50: lateness(delay.percentile(50)),
          p99: lateness(delay.percentile(99)),
          max: lateness(delay.max),
        },
        cpuCores: (cpu.user + cpu.system) / Math.max(elapsedMicros, 1),
        rssMb: rssBytes / 2 ** 20,
      };
    },
  };

  function lateness(nanoseconds: number): number {
    if (delay.count === 0) return 0;
    return Math.max(0, nanoseconds / 1e6 - resolutionMs);
  }
}
