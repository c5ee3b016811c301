import { parseDuration } from '../../../proto/notation/duration-notation.ts';
import { specifiedTargets } from '../../../proto/targets.ts';

/** Times in milliseconds after the request. */
export interface Times {
  /** When the plan has the agent send each chunk with text; undefined until the plan is known. */
  plannedMs: readonly number[] | undefined;
  /** When each message with text arrived. */
  arrivalsMs: readonly number[];
}

/** Draws planned chunks above and arrived messages below, on one axis from the request on. */
export function drawTimeline(svg: SVGElement, { plannedMs = [], arrivalsMs }: Times): void {
  const width = svg.clientWidth;
  const endMs = Math.max(1, largest(plannedMs), largest(arrivalsMs));
  const x = (ms: number) => 1 + (ms / endMs) * (width - 2);
  svg.replaceChildren(
    line('axis', 0, width, 32, 32),
    ...plannedMs.map((ms) => line('planned', x(ms), x(ms), 12, 28)),
    ...arrivalsMs.map((ms) => line('arrived', x(ms), x(ms), 34, 50)),
    label(0, 'start', '0'),
    label(width, 'end', formatSeconds(endMs)),
  );
}

function line(name: string, x1: number, x2: number, y1: number, y2: number): SVGElement {
  return shape('line', { class: name, x1, x2, y1, y2 });
}

function label(x: number, anchor: 'start' | 'end', text: string): SVGElement {
  const element = shape('text', { x, y: 62, 'text-anchor': anchor });
  element.textContent = text;
  return element;
}

function shape(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  return element;
}

export interface Figure {
  name: string;
  value: string;
  isMissed: boolean;
}

const targetMs = ({ target }: { target: string }) => parseDuration(target);

/** First chunk and intervals beside their targets (E3). */
export function figuresOf({ plannedMs, arrivalsMs }: Times): Figure[] {
  const [firstMs] = arrivalsMs;
  const gapsMs = arrivalsMs.slice(1).map((ms, index) => ms - (arrivalsMs[index] ?? ms));
  const hasGaps = gapsMs.length > 0;
  const meanMs = gapsMs.reduce((sumMs, ms) => sumMs + ms, 0) / gapsMs.length;
  return [
    figure('first chunk', firstMs, targetMs(specifiedTargets.firstChunk)),
    figure('planned', plannedMs?.[0]),
    figure('mean interval', hasGaps ? meanMs : undefined, targetMs(specifiedTargets.interval)),
    figure('longest gap', hasGaps ? largest(gapsMs) : undefined),
    { name: 'messages', value: `${arrivalsMs.length}`, isMissed: false },
  ];
}

function figure(name: string, ms: number | undefined, targetMs?: number): Figure {
  if (ms === undefined) return { name, value: '–', isMissed: false };
  const target = targetMs === undefined ? '' : ` (target ${targetMs})`;
  const isMissed = targetMs !== undefined && ms >= targetMs;
  return { name, value: `${Math.round(ms)} ms${target}`, isMissed };
}

/** Not by spreading: a call takes some 100,000 arguments at most. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
