import { markup } from '../markup.ts';

export interface Badge {
  label: string;
  message: string;
  state: 'good' | 'fair' | 'bad';
}

const colours: Record<Badge['state'], string> = {
  good: '#2e7d32',
  fair: '#9a6700',
  bad: '#c62828',
};

/** Widths in pixels, for Verdana at 11 px. */
const charWidth = 6.6;
const padding = 10;

/** Renders a badge for a README as SVG, such as `stream faults | 55 of 58`. */
export function renderBadge({ label, message, state }: Badge): string {
  const [leftWidth, rightWidth] = [widthOf(label), widthOf(message)];
  const width = leftWidth + rightWidth;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${label}: ${message}">
  <title>${label}: ${message}</title>
  <rect width="${leftWidth}" height="20" fill="#444444"/>
  <rect x="${leftWidth}" width="${rightWidth}" height="20" fill="${colours[state]}"/>
  <g fill="#ffffff" font-family="Verdana, sans-serif" font-size="11" text-anchor="middle">
    <text x="${leftWidth / 2}" y="14">${label}</text>
    <text x="${leftWidth + rightWidth / 2}" y="14">${message}</text>
  </g>
</svg>
`.markup;
}

const widthOf = (text: string): number => Math.round(text.length * charWidth + padding * 2);
