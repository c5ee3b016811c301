import type { Distribution } from '../../statistics/distribution.ts';
import { distributionChart } from './distribution-chart.ts';
import { note, section, table, type Section } from './parts.ts';
import { markup, type Markup } from '../../markup.ts';
import { formatCount, formatMs } from '../../quantity.ts';
import type { Report } from '../../report.ts';

/** The distributions of the judged times, with their targets. */
export function htmlTimes({ metrics, histograms, targets }: Report): Section {
  if (metrics.durationMs === null) return section('Times', note('No stream was judged.'));
  const { firstReasoningMs, firstChunkMs, intervalMs, gapMs, durationMs } = metrics;
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
  ].filter((chart) => chart !== null);
  return section(
    'Times',
    charts.length === 0
      ? note('No judged stream had any text: there are no times between messages.')
      : markup`<div class="charts">${charts}</div>`,
    timesTable({
      ...(firstReasoningMs === null ? {} : { 'first reasoning': firstReasoningMs }),
      'first chunk': firstChunkMs,
      'interval, per stream': intervalMs,
      'gap, any': gapMs,
      'whole stream': durationMs,
    }),
  );
}

/** A table of distributions, in milliseconds. */
export function timesTable(times: Record<string, Distribution | null>): Markup {
  return table(
    ['', '>mean', '>p50', '>p95', '>p99', '>max', '>count'],
    Object.entries(times).flatMap(([name, spread]) =>
      spread === null ? [] : [[name, ...cells(spread)]],
    ),
  );
}

function cells({ mean, p50, p95, p99, max, count }: Distribution): string[] {
  return [...[mean, p50, p95, p99, max].map(formatMs), formatCount(count)];
}
