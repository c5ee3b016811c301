import { figure, note, section, type Section } from './parts.ts';
import { box, percent, plot, rounded, ticks, yGrid } from './plot.ts';
import { markup, type Markup } from '../../markup.ts';
import { formatCount, formatMs, formatSec } from '../../quantity.ts';
import type { Report } from '../../report.ts';

const heightPx = 84;

/** The load second by second, with its phases; only streams that started in the window are judged. */
export function htmlOverTime(report: Report): Section | null {
  const { series, targets, load } = report;
  if (series.openStreams.length === 0) return null;
  const goal = targets.concurrentStreams.target;
  return section(
    'Over time',
    note(
      'All streams of the load. Only those that started in the window are judged; the other phases are shaded.',
    ),
    phaseNames(report),
    chart(report, {
      title: 'Streams at once',
      values: series.openStreams,
      format: formatCount,
      target: (load.streams ?? 0) >= goal ? goal : null,
    }),
    chart(report, {
      title: 'Messages a second',
      values: series.messages,
      format: formatCount,
      target: null,
    }),
    chart(report, {
      title: 'Time to first chunk, median of the streams started in each second',
      values: series.firstChunkP50Ms,
      format: formatMs,
      target: targets.firstChunkMs.target,
    }),
    chart(report, {
      title: 'Streams started a second',
      values: series.started,
      format: formatCount,
      target: null,
    }),
    failures(report),
  );
}

function failures(report: Report): Markup | null {
  const title = 'Streams failed a second';
  const { failed } = report.series;
  if (failed.every((count) => count === 0)) return figure(title, note('None failed.'));
  const format = formatCount;
  return chart(report, { title, values: failed, format, target: null, kind: 'failed' });
}

interface TimeChart {
  title: string;
  /** One value per second; null for none. */
  values: readonly (number | null)[];
  format: (value: number) => string;
  target: number | null;
  kind?: string;
}

/** Returns null if there is nothing to draw. */
function chart(
  report: Report,
  { title, values, format, target, kind = '' }: TimeChart,
): Markup | null {
  if (values.every((value) => value === null || value === 0)) return null;
  let most = target ?? 0;
  for (const value of values) most = Math.max(most, value ?? 0);
  // A fifth more than the highest, so that the words at the top line have room.
  const top = (most || 1) * 1.2;
  const picture = plot({
    label: `${title}, over time`,
    heightPx,
    xTicks: ticks(values.length, 6, formatSec, 1),
    shapes: [shades(report), steps(values, top, kind), hints(values, format)],
    texts: [
      yGrid(ticks(top, 3, format, 1), heightPx),
      target === null ? null : targetLine(target / top, format(target)),
    ],
  });
  return figure(title, picture);
}

function targetLine(at: number, words: string): Markup {
  const y = rounded(heightPx * (1 - at));
  return markup`
<line class="target" x1="0" x2="100%" y1="${y}" y2="${y}"/>
<text class="over target" x="100%" y="${y - 4}" text-anchor="end">target ${words}</text>`;
}

/** Returns an area with each value over its whole second, and gaps for missing values. */
function steps(values: readonly (number | null)[], top: number, kind: string): Markup {
  const x = (second: number) => rounded((second / values.length) * box.width);
  const path = values
    .map((value, second) =>
      value === null
        ? ''
        : `M${x(second)} ${box.height}V${rounded(box.height * (1 - value / top))}H${x(second + 1)}V${box.height}z`,
    )
    .join('');
  return markup`<path class="area ${kind}" d="${path}"/>`;
}

/** The tooltips of each second. */
function hints(values: readonly (number | null)[], format: (value: number) => string): Markup[] {
  const width = rounded(box.width / values.length);
  return values.map((value, second) => {
    const x = rounded((second / values.length) * box.width);
    return markup`
<rect class="hint" x="${x}" width="${width}" y="0" height="${box.height}">
<title>second ${second}: ${value === null ? 'none' : format(value)}</title></rect>`;
  });
}

function shades({ phases, series }: Report): Markup[] {
  const endMs = series.openStreams.length * 1000;
  return phases
    .filter((phase) => phase.name !== 'window' && phase.startAtMs < endMs)
    .map(({ startAtMs, endAtMs }) => {
      const x = (startAtMs / endMs) * box.width;
      const width = ((Math.min(endAtMs, endMs) - startAtMs) / endMs) * box.width;
      return markup`
<rect class="shade" x="${rounded(x)}" width="${rounded(Math.max(0, width))}" y="0" height="${box.height}"/>`;
    });
}

/** The names of the phases, each over its part of the charts below. */
function phaseNames({ phases, series }: Report): Markup {
  const endMs = series.openStreams.length * 1000;
  const names = phases.map(({ name, startAtMs, endAtMs }) => {
    const width = percent(Math.max(0, Math.min(endAtMs, endMs) - startAtMs) / endMs);
    return markup`<span class="${name}" style="width:${width}" title="${name}">${name}</span>`;
  });
  return markup`<div class="phases">${names}</div>`;
}
