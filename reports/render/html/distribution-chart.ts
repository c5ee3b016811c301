import type { Histogram } from '../../statistics/histogram.ts';
import { figure } from './parts.ts';
import { box, markerLines, plot, rounded, ticks, type MarkerLine } from './plot.ts';
import { markup, type Markup } from '../../markup.ts';
import { formatMs, plural } from '../../quantity.ts';

const heightPx = 150;

/** The data of one chart. */
export interface DistributionChart {
  title: string;
  /** The counted noun, in the singular. */
  of: string;
  histogram: Histogram | null;
  /** The number that is compared with the limits. */
  judged: { name: string; valueMs: number } | null;
  limits: { target: number; alarm: number } | null;
}

/**
 * Bars of a histogram, with lines for the target, the alarm and the number that is judged by them;
 * null where nothing was measured.
 */
export function distributionChart(chart: DistributionChart): Markup | null {
  const { title, of, histogram } = chart;
  if (histogram === null) return null;
  const { edgesMs, above } = histogram;
  const endMs = endOfAxisMs(chart, histogram);
  const picture = plot({
    label: `${title}, a histogram`,
    heightPx,
    xTicks: ticks(endMs, 5, formatMs),
    shapes: bars(histogram, endMs, of),
    texts: lines(chart, endMs),
  });
  const lastMs = edgesMs.at(-1) ?? 0;
  return figure(
    title,
    picture,
    above === 0 ? '' : ` (${plural(above, of)} beyond ${formatMs(lastMs)})`,
  );
}

/** The axis ends a little beyond the last bar and the alarm. */
function endOfAxisMs({ limits }: DistributionChart, { counts, edgesMs }: Histogram): number {
  const usedBins = counts.findLastIndex((count) => count > 0) + 1;
  return Math.max(edgesMs[usedBins] ?? 0, limits?.alarm ?? 0) * 1.08;
}

function bars({ counts, edgesMs }: Histogram, endMs: number, of: string): Markup[] {
  const most = Math.max(1, ...counts);
  return counts.flatMap((count, index) => {
    if (count === 0) return [];
    const [fromMs = 0, toMs = 0] = [edgesMs[index], edgesMs[index + 1]];
    const x = rounded((fromMs / endMs) * box.width);
    const width = rounded(((toMs - fromMs) / endMs) * box.width);
    // Room is left above the bars for the words at the lines; the smallest bar still shows.
    const height = rounded(Math.max(0.8, (count / most) * box.height * 0.7));
    return markup`
<rect class="bar" x="${x}" width="${width}" y="${rounded(box.height - height)}" height="${height}">
<title>${formatMs(fromMs)} to ${formatMs(toMs)}: ${plural(count, of)}</title></rect>`;
  });
}

function lines({ judged, limits }: DistributionChart, endMs: number): Markup[] {
  const line = (kind: MarkerLine['kind'], name: string, ms: number): MarkerLine => ({
    kind,
    at: Math.min(1, ms / endMs),
    text: `${name} ${formatMs(ms)}`,
  });
  const ofLimits = limits && [
    line('target', 'target', limits.target),
    line('alarm', 'alarm', limits.alarm),
  ];
  const ofJudged = judged && [line('judged', judged.name, judged.valueMs)];
  return markerLines([...(ofLimits ?? []), ...(ofJudged ?? [])], heightPx);
}
