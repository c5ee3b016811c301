import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { Health } from '../../reports/metrics/health.ts';

/** The health of a process; the figures cover the complete process. */
export type ProcessHealth = Health['client'];

export interface ProcessWatch {
  /** Ends the watch and returns its figures. */
  stop(): ProcessHealth;
}

/** The sampling interval of Node's event loop delay. */
const resolutionMs = 10;

const memoryIntervalMs = 1000;

/**
 * Watches this process from now on.
 *
 * The loop delay comes from a timer of 10 ms in Node's core; each value is the time between two firings,
 * minus 10 ms. It says how long received bytes or due timers may have waited. A block of 100 ms is one
 * value, not ten: p99 is a percentile of firings, not of time.
 */
export function watchProcess(): ProcessWatch {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const startedAtMs = performance.now();
  const cpuAtStart = process.cpuUsage();
  let rssBytes = 0;
  let lackedDescriptors = false;
  const sampleMemory = () => {
    try {
      rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
    } catch {
      // Reading the memory needs a file descriptor, and none is left. Reading the peak needs none.
      lackedDescriptors = true;
      rssBytes = Math.max(rssBytes, process.resourceUsage().maxRSS * 1024);
    }
  };
  sampleMemory();
  const timer = setInterval(sampleMemory, memoryIntervalMs).unref();

  const delayMs = (nanoseconds: number) =>
    delay.count === 0 ? 0 : Math.max(0, nanoseconds / 1e6 - resolutionMs);

  return {
    stop() {
      delay.disable();
      clearInterval(timer);
      sampleMemory();
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
