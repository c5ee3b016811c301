import type { Distribution } from '../statistics/distribution.ts';
import { formatCount, formatMs } from '../quantity.ts';
import type { Report } from '../report.ts';

/** A line of a chart, in the format that github-action-benchmark accepts from custom tools. */
interface Benchmark {
  name: string;
  unit: 'ms' | '%';
  value: number;
  /** Shown beside the value. */
  extra: string;
}

/**
 * Renders `benchmark.json`, which github-action-benchmark charts over commits (`tool:
 * customSmallerIsBetter`): for every value in it, less is better.
 *
 * An invalid run gives an empty list, which that action refuses, so that it enters no history. The
 * names tell runs apart by scenario alone: keep a history for each target.
 */
export function renderBenchmark(report: Report): string {
  const benchmarks = report.judgement.verdict === 'invalid' ? [] : benchmarksOf(report);
  return `${JSON.stringify(benchmarks, null, 2)}\n`;
}

function benchmarksOf({ scenario, metrics, expectations }: Report): Benchmark[] {
  const { firstChunkMs, intervalMs, latenessMs, streams } = metrics;
  // Like the targets: planned failures do not count.
  const { connectionSuccess, streamSuccess } = expectations ?? metrics;
  const time = (name: string, times: Distribution | null, statistic: 'mean' | 'p50' | 'p95') =>
    times === null
      ? []
      : [
          {
            name: `${scenario.name}: ${name}, ${statistic}`,
            unit: 'ms' as const,
            value: rounded(times[statistic]),
            extra: `p99 ${formatMs(times.p99)}, max ${formatMs(times.max)}, of ${formatCount(times.count)}`,
          },
        ];
  const failing = (name: string, success: number | null) =>
    success === null
      ? []
      : [
          {
            name: `${scenario.name}: ${name}, share`,
            unit: '%' as const,
            value: rounded((1 - success) * 100),
            extra: `${formatCount(streams.judged)} streams judged`,
          },
        ];
  return [
    ...time('time to first chunk', firstChunkMs, 'p50'),
    ...time('time to first chunk', firstChunkMs, 'p95'),
    ...time('interval between chunks', intervalMs, 'mean'),
    ...time('arrival after its plan', latenessMs, 'p95'),
    ...failing('connections that fail', connectionSuccess),
    ...failing('streams that fail', streamSuccess),
  ];
}

/** To thousandths: charts show the number as it is. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
