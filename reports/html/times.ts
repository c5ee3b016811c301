import type { Distribution } from '../distribution.ts';
import { distributionChart } from './distribution-chart.ts';
import { section, table } from './parts.ts';
import { markup, type Markup } from '../markup.ts';
import { formatCount, formatMs, nothing } from '../quantity.ts';
import type { Report } from '../report.ts';

/** How the times of the judged streams are spread, against their targets. */
export function htmlTimes({ metrics, histograms, targets }: Report): Markup {
  const { firstChunkMs, intervalMs, gapMs, durationMs } = metrics;
  const charts = [
    distributionChart({
      title: 'Time to first chunk',
      of: 'stream',
      histogram: histograms.firstChunkMs,
      judged: firstChunkMs && { name: 'p95', valueMs: firstChunkMs.p95 },
      limits: targets.firstChunkMs,
    }),
    distributionChart({
      title: 'Mean interval of each stream',
      of: 'stream',
      histogram: histograms.intervalMs,
      judged: intervalMs && { name: 'mean', valueMs: intervalMs.mean },
      limits: targets.intervalMs,
    }),
    distributionChart({
      title: 'Every gap between two chunks',
      of: 'gap',
      histogram: histograms.gapMs,
      judged: null,
      limits: null,
    }),
  ];
  return section(
    'Times',
    markup`<div class="charts">${charts}</div>`,
    timesTable({
      'first chunk': firstChunkMs,
      'interval, per stream': intervalMs,
      'gap, any': gapMs,
      'whole stream': durationMs,
    }),
  );
}

/** A table of distributions, in milliseconds, a row for each. */
export function timesTable(times: Record<string, Distribution | null>): Markup {
  return table(
    ['', '>mean', '>p50', '>p95', '>p99', '>max', '>count'],
    Object.entries(times).map(([name, spread]) => [name, ...cells(spread)]),
  );
}

function cells(spread: Distribution | null): string[] {
  if (spread === null) return Array.from({ length: 6 }, () => nothing);
  const { mean, p50, p95, p99, max, count } = spread;
  return [...[mean, p50, p95, p99, max].map(formatMs), formatCount(count)];
}
