import { markup, type Markup, type Piece } from '../../markup.ts';
import { multipleOf, niceStep } from '../../statistics/nice-step.ts';

/** Room below a plot for the labels of its x axis. */
const axisPx = 20;

/** How wide and high the box is that shapes are drawn in, in its own units. */
export const box = { width: 1000, height: 100 };

/** One mark of an axis: where it is, from 0 to 1, and what it says. */
export interface Tick {
  at: number;
  label: string;
}

/**
 * Marks at round numbers from 0 to `max`, about as many as asked for; none for an empty axis.
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
 * A drawing as wide as the page lets it be, without a script.
 *
 * Shapes live in a box of 1000 × 100 that is stretched to the width at hand; text is placed beside
 * them in percentages, so that it keeps its size on a telephone. Strokes keep theirs by style.
 *
 * @param label what a screen reader says of it
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

/** Horizontal lines with their values above them; none at 0, where the axis is, nor at the top, where no word has room. */
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

/** Text at a place of the width, from 0 to 1; nearer than `edge` to an end it is kept within the drawing. */
export function textAt(at: number, y: number, text: string, edge: number): Markup {
  const inner = at > 1 - edge ? 'end' : 'middle';
  const anchor = at < edge ? 'start' : inner;
  return markup`<text x="${percent(at)}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}

/** A vertical line over a plot's whole height, and its word. */
export interface MarkerLine {
  kind: 'target' | 'alarm' | 'judged';
  /** Where on the width, from 0 to 1. */
  at: number;
  text: string;
}

/** Draws vertical lines, the words one below the other so that lines close together keep theirs apart. */
export function markerLines(lines: readonly MarkerLine[], heightPx: number): Markup[] {
  return lines.map(({ kind, at, text }, index) => {
    const x = percent(at);
    const side = at > 0.6 ? { dx: -5, anchor: 'end' } : { dx: 5, anchor: 'start' };
    return markup`
<line class="${kind}" x1="${x}" x2="${x}" y1="0" y2="${heightPx}"/>
<text class="over ${kind}" x="${x}" dx="${side.dx}" y="${10 + 14 * index}" text-anchor="${side.anchor}">${text}</text>`;
  });
}

/** A place from 0 to 1 as SVG attributes want it. */
export function percent(at: number): string {
  return `${rounded(at * 100)}%`;
}

/** Two decimals are finer than any screen; more would only be bytes. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
