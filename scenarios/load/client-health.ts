import {
  watchProcess,
  type ProcessHealth,
  type ProcessWatch,
} from '../processes/process-health.ts';

/** Watches this process between two moments, in milliseconds from now. */
export function watchFromTo(fromMs: number, toMs: number): ProcessWatch {
  let watch: ProcessWatch | undefined;
  let health: ProcessHealth = { loopDelayMs: { p50: 0, p99: 0, max: 0 }, cpuCores: 0, rssMb: 0 };
  const startTimer = setTimeout(() => {
    watch = watchProcess();
  }, fromMs);
  const stopTimer = setTimeout(stop, toMs);

  /** Ends the watch and returns its figures; all zeros if it had not started. */
  function stop(): ProcessHealth {
    clearTimeout(startTimer);
    clearTimeout(stopTimer);
    health = watch?.stop() ?? health;
    watch = undefined;
    return health;
  }

  return { stop };
}
