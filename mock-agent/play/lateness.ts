import { createHistogram } from 'node:perf_hooks';

/** The lateness of sent chunks, in milliseconds. */
export interface LatenessSummary {
  count: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Records the lateness of chunks against their plan, in bounded memory. */
export interface LatenessRecord {
  record: (latenessMs: number) => void;
  /** Returns null before the first chunk. */
  summary: () => LatenessSummary | null;
}

/** One hour; longer times are recorded as one hour. */
const longestMicros = 3_600_000_000;

export function createLatenessRecord(): LatenessRecord {
  // In microseconds, since the histogram takes positive integers.
  const histogram = createHistogram({ lowest: 1, highest: longestMicros, figures: 3 });
  return {
    record(latenessMs) {
      histogram.record(Math.min(longestMicros, Math.max(1, Math.round(latenessMs * 1000))));
    },
    summary() {
      if (histogram.count === 0) return null;
      return {
        count: histogram.count,
        mean: histogram.mean / 1000,
        p50: histogram.percentile(50) / 1000,
        p95: histogram.percentile(95) / 1000,
        p99: histogram.percentile(99) / 1000,
        max: histogram.max / 1000,
      };
    },
  };
}
