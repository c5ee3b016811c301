import type { Distribution } from '../statistics/distribution.ts';
import { computeMetrics, type Metrics } from '../metrics/metrics.ts';
import { targetsSchema } from '../targets.ts';

/** Returns the metrics of a run that meets every target, with `changes`. */
export function makeMetrics(changes: Partial<Metrics> = {}): Metrics {
  return {
    ...computeMetrics([], { startAtMs: 0, endAtMs: 1000 }, targetsSchema.parse({})),
    streams: { total: 100, started: 100, judged: 100, censored: 0 },
    firstChunkMs: allAt(200),
    intervalMs: allAt(50),
    gapMs: allAt(50),
    connectionSuccess: 1,
    streamSuccess: 1,
    peakConcurrency: 1000,
    startLagMs: allAt(1),
    textMismatches: 0,
    ...changes,
  };
}

/** Returns the distribution of a hundred equal values. */
export function allAt(value: number): Distribution {
  return { count: 100, mean: value, p50: value, p95: value, p99: value, max: value };
}
