import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Health } from '../../reports/metrics/health.ts';

/** What a process says about itself; the figures are those of its whole process. */
export type ProcessHealth = Health['client'];

export interface ProcessWatch {
  /** Ends the watch and gives its figures. */
  stop(): ProcessHealth;
}

/** Between two looks of Node's at its event loop. */
const resolutionMs = 10;

const memoryLookMs = 1000;

/**
 * Watches this process from now on.
 *
 * The loop delay comes from a timer of 10 ms in Node's core, of which each firing is one value: the
 * time since the last, those 10 ms taken off. It says how long bytes that had arrived, or timers that
 * were due, may have waited. A block of 100 ms is one value, not ten: p99 is of the times that the
 * loop was asked, not of time.
 */
export function watchProcess(): ProcessWatch {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const startedAtMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  let rssBytes = 0;
  let lackedDescriptors = false;
  const look = () => {
    try {
      rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
    } catch {
      // To read it takes a file descriptor, and none is left. The peak so far needs none.
      lackedDescriptors = true;
      rssBytes = Math.max(rssBytes, process.resourceUsage().maxRSS * 1024);
    }
  };
  look();
  const timer = setInterval(look, memoryLookMs).unref();

  const delayMs = (nanoseconds: number) =>
    delay.count === 0 ? 0 : Math.max(0, nanoseconds / 1e6 - resolutionMs);

  return {
    stop() {
      delay.disable();
      clearInterval(timer);
      look();
      const cpu = process.cpuUsage(cpuAtStart);
      const elapsedMicros = (performance.now() - startedAtMs) * 1000;
      return {
        loopDelayMs: {
          p50: delayMs(delay.percentile(50)),
          p99: delayMs(delay.percentile(99)),
          max: delayMs(delay.max),
        },
        cpuCores: (cpu.user + cpu.system) / Math.max(elapsedMicros, 1),
        rssMb: rssBytes / 2 ** 20,
        lackedDescriptors,
      };
    },
  };
}
