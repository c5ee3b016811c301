import { markup } from '../../../reports/markup.ts';
import { countCells, type Cell } from '../cell.ts';

const label = 'stream faults';

/** Widths in pixels, for Verdana at 11 px. */
const charWidth = 6.6;
const padding = 10;

/** Renders a badge for a README as SVG, such as `stream faults | 55 of 58`. */
export function renderBadge(cells: readonly Cell[]): string {
  const { good, bad } = countCells(cells);
  const message = `${good} of ${cells.length}`;
  const color = bad > 0 ? '#c62828' : good === cells.length ? '#2e7d32' : '#9a6700';
  const [left, right] = [label, message].map((text) =>
    Math.round(text.length * charWidth + padding * 2),
  );
  const leftWidth = left ?? 0;
  const width = leftWidth + (right ?? 0);
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${label}: ${message}">
  <title>${label}: ${message}</title>
  <rect width="${leftWidth}" height="20" fill="#444444"/>
  <rect x="${leftWidth}" width="${width - leftWidth}" height="20" fill="${color}"/>
  <g fill="#ffffff" font-family="Verdana, sans-serif" font-size="11" text-anchor="middle">
    <text x="${leftWidth / 2}" y="14">${label}</text>
    <text x="${leftWidth + (width - leftWidth) / 2}" y="14">${message}</text>
  </g>
</svg>
`.markup;
}
