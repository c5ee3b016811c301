import { createHistogram } from 'node:perf_hooks';

/** How late chunks left, in milliseconds; null where none has left yet. */
export interface LatenessSummary {
  count: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Records how late chunks left against their plan, in bounded memory. */
export interface LatenessRecord {
  record: (latenessMs: number) => void;
  summary: () => LatenessSummary | null;
}

/** An hour: whatever is later than that is recorded as that. */
const longestMicros = 3_600_000_000;

export function createLatenessRecord(): LatenessRecord {
  // In microseconds, since the histogram takes whole numbers from 1 on.
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
