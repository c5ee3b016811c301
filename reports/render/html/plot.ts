import { markup, type Markup, type Piece } from '../../markup.ts';
import { multipleOf, niceStep } from '../../statistics/nice-step.ts';

/** Room below a plot for the labels of its x axis. */
const axisPx = 20;

/** The size of the box for shapes, in its own units. */
export const box = { width: 1000, height: 100 };

/** One mark of an axis: its place, from 0 to 1, and its label. */
export interface Tick {
  at: number;
  label: string;
}

/**
 * Returns about `count` marks at round numbers from 0 to `max`; none for an empty axis.
 *
 * @param finest the least step: 1 for an axis of counts, where half a stream makes no sense
 */
export function ticks(
  max: number,
  about: number,
  format: (value: number) => string,
  finest = 0,
): Tick[] {
  if (max <= 0) return [];
  const step = niceStep(Math.max(finest, max / about));
  const count = Math.floor((max / step) * (1 + 1e-9)) + 1;
  return Array.from({ length: count }, (_, index) => multipleOf(step, index)).map((value) => ({
    at: value / max,
    label: format(value),
  }));
}

/**
 * Returns a drawing as wide as the page, without a script.
 *
 * Shapes are in a box of 1000 × 100 that is stretched to the page. Texts are outside of it, placed by
 * percentages, so that they keep their size on a phone. Strokes keep theirs by style.
 *
 * @param label read by screen readers
 * @param shapes drawn in the box
 * @param texts drawn over it, x in percent, y in pixels
 */
export function plot(drawing: {
  label: string;
  heightPx: number;
  xTicks: readonly Tick[];
  shapes: Piece;
  texts: Piece;
}): Markup {
  const { label, heightPx, xTicks, shapes, texts } = drawing;
  return markup`
<svg class="plot" role="img" aria-label="${label}" width="100%" height="${heightPx + axisPx}">
<svg viewBox="0 0 ${box.width} ${box.height}" preserveAspectRatio="none" width="100%" height="${heightPx}">
${shapes}
</svg>
<line class="axis" x1="0" x2="100%" y1="${heightPx}" y2="${heightPx}"/>
${xTicks.map((tick) => xTick(tick, heightPx))}
${texts}
</svg>`;
}

function xTick({ at, label }: Tick, heightPx: number): Markup {
  const x = percent(at);
  return markup`
<line class="axis" x1="${x}" x2="${x}" y1="${heightPx}" y2="${heightPx + 4}"/>
${textAt(at, heightPx + 16, label, 0.05)}`;
}

/** Horizontal lines with their values above them, except at 0 and at the top. */
export function yGrid(yTicks: readonly Tick[], heightPx: number): Markup[] {
  return yTicks
    .filter(({ at }) => at > 0 && at < 0.9)
    .map(({ at, label }) => {
      const y = rounded(heightPx * (1 - at));
      return markup`
<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/>
<text class="over" x="0" y="${y - 3}">${label}</text>`;
    });
}

/** A text at a place of the width, from 0 to 1; closer than `edge` to an end it stays within the drawing. */
export function textAt(at: number, y: number, text: string, edge: number): Markup {
  const inner = at > 1 - edge ? 'end' : 'middle';
  const anchor = at < edge ? 'start' : inner;
  return markup`<text x="${percent(at)}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}

/** A vertical line over the full height of a plot, with a label. */
export interface MarkerLine {
  kind: 'target' | 'alarm' | 'judged';
  /** Where on the width, from 0 to 1. */
  at: number;
  text: string;
}

/** Draws vertical lines, with labels below each other so that close ones do not overlap. */
export function markerLines(lines: readonly MarkerLine[], heightPx: number): Markup[] {
  return lines.map(({ kind, at, text }, index) => {
    const x = percent(at);
    const side = at > 0.6 ? { dx: -5, anchor: 'end' } : { dx: 5, anchor: 'start' };
    return markup`
<line class="${kind}" x1="${x}" x2="${x}" y1="0" y2="${heightPx}"/>
<text class="over ${kind}" x="${x}" dx="${side.dx}" y="${10 + 14 * index}" text-anchor="${side.anchor}">${text}</text>`;
  });
}

/** A place from 0 to 1 as an SVG coordinate. */
export function percent(at: number): string {
  return `${rounded(at * 100)}%`;
}

/** Rounds to two decimals, finer than any screen. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
