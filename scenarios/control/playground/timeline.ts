import { seconds } from './outcome.ts';
import { showText } from './show-text.ts';
import type { Moment, Run } from './run.ts';

/** A pause of this length is drawn. */
const drawnPauseMs = 400;

/** A pause of this length is as red as it gets. */
const reddestMs = 5000;

const height = { planned: 14, arrived: 44, axis: 30, labels: 74 };

/** The mark and the word of each moment. */
const marks: Record<Moment['kind'], [mark: string, word: string]> = {
  ping: ['○', 'ping'],
  reconnect: ['↻', 'reconnect'],
  hold: ['‖', 'hold'],
  step: ['›', 'step'],
  release: ['▸', 'resume'],
  completed: ['■', 'complete'],
  stopped: ['■', 'stopped'],
  failed: ['✕', 'error'],
  cut: ['✕', 'cut'],
  malformed: ['✕', 'broken'],
  refused: ['✕', 'refused'],
};

const bad = new Set<Moment['kind']>(['failed', 'cut', 'malformed', 'refused', 'reconnect']);

/** Draws a run: to be called after each change, and while the stream is open also as time passes. */
export type DrawTimeline = (run: Run, nowMs: number) => void;

/**
 * Draws planned chunks above the axis, and below it what arrived: messages, pings, pauses, and how the stream
 * ended. While it is open, the pause since the last message grows. What only time moves is moved in place;
 * everything else is drawn again only after a change.
 */
export function createTimeline(svg: SVGElement): DrawTimeline {
  const still = shape('g', {});
  const openPause = createPause();
  const playhead = shape('line', { class: 'playhead', y1: 14, y2: 60 });
  svg.replaceChildren(still, openPause.element, playhead);
  let drawn: readonly unknown[] = [];

  return (run, nowMs) => {
    const { arrivalsMs, moments, ending, plan } = run;
    const isOpen = ending === undefined;
    const width = svg.clientWidth;
    const endMs = scaleOf(run, nowMs);
    const x = (ms: number) => 1 + (ms / endMs) * (width - 2);
    const state = [run, plan, ending, width, endMs, arrivalsMs.length, moments.length];
    if (state.some((value, index) => value !== drawn[index])) {
      drawn = state;
      still.replaceChildren(...drawStill(run, endMs, width, x));
    }
    const lastMs = arrivalsMs.at(-1) ?? 0;
    const isPaused = isOpen && nowMs - lastMs >= drawnPauseMs;
    openPause.element.toggleAttribute('hidden', !isPaused);
    if (isPaused) openPause.draw(x(lastMs), x(nowMs), nowMs - lastMs);
    playhead.toggleAttribute('hidden', !isOpen);
    for (const name of ['x1', 'x2']) playhead.setAttribute(name, x(nowMs).toFixed(1));
  };
}

/** How much longer the axis gets at once when an open stream reaches its end. */
const growth = 1.25;

/** Returns the time at the end of the axis. */
function scaleOf(run: Run, nowMs: number): number {
  const plannedMs = Math.max(1000, plannedOf(run).at(-1) ?? 0);
  let endMs = plannedMs;
  if (run.endMs !== undefined) endMs = Math.max(plannedMs, run.endMs + retryAfterMs(run));
  else while (endMs < nowMs) endMs *= growth;
  return endMs * 1.02;
}

const plannedOf = ({ ending, plan }: Run) =>
  ending?.kind === 'refused' ? [] : (plan?.chunksMs ?? []);

/** Draws what time alone does not move. */
function drawStill(
  run: Run,
  endMs: number,
  width: number,
  x: (ms: number) => number,
): SVGElement[] {
  const waitMs = retryAfterMs(run);
  const lastMs = run.endMs ?? 0;
  return [
    ...pauses(run).map(({ fromMs, toMs }) => {
      const { element, draw } = createPause();
      draw(x(fromMs), x(toMs), toMs - fromMs);
      return element;
    }),
    ...(waitMs > 0 ? wait(x(lastMs), x(lastMs + waitMs), waitMs) : []),
    shape('line', { class: 'axis', x1: 0, x2: width, y1: height.axis, y2: height.axis }),
    ticks('planned', plannedOf(run).map(x), height.planned),
    ticks('arrived', run.arrivalsMs.map(x), height.arrived - 10),
    ...run.moments.map(({ kind, atMs }) => moment(kind, x(atMs), width)),
    label('0', 0, height.labels, 'start'),
    label(seconds(endMs), width, height.labels, 'end'),
  ];
}

function retryAfterMs({ ending }: Run): number {
  return ending?.kind === 'refused' ? (ending.retryAfterSec ?? 0) * 1000 : 0;
}

/** The times in which no text came, that of an open stream since its last text left out. */
function pauses({ arrivalsMs, endMs }: Run): { fromMs: number; toMs: number }[] {
  const times = [0, ...arrivalsMs, ...(endMs === undefined ? [] : [endMs])];
  return times
    .slice(1)
    .map((toMs, index) => ({ fromMs: times[index] ?? 0, toMs }))
    .filter(({ fromMs, toMs }) => toMs - fromMs >= drawnPauseMs);
}

/** A pause that can grow. */
function createPause() {
  const element = shape('g', { class: 'pause' });
  const rect = shape('rect', { y: height.axis + 2, height: 26 });
  const text = label('', 0, height.arrived + 4, 'middle');
  element.append(rect, text);
  return {
    element,
    draw(from: number, to: number, ms: number) {
      const share = Math.min(1, ms / reddestMs);
      rect.setAttribute('x', from.toFixed(1));
      rect.setAttribute('width', Math.max(0, to - from).toFixed(1));
      rect.setAttribute('fill-opacity', (0.12 + 0.6 * share).toFixed(2));
      text.setAttribute('x', ((from + to) / 2).toFixed(1));
      showText(text, to - from > 44 ? seconds(ms) : '');
    },
  };
}

function wait(from: number, to: number, ms: number): SVGElement[] {
  const size = { x: from, width: to - from, y: height.axis + 2, height: 26 };
  const text = label(`wait ${seconds(ms)}`, (from + to) / 2, height.arrived + 4, 'middle');
  return [shape('rect', { class: 'wait', ...size }), text];
}

/** One path, since there may be thousands. */
function ticks(name: string, xs: readonly number[], top: number): SVGElement {
  const d = xs.map((x) => `M${x.toFixed(1)} ${top}v14`).join('');
  return shape('path', { class: name, d, 'data-count': xs.length });
}

function moment(kind: Moment['kind'], x: number, width: number): SVGElement {
  const [mark, word] = marks[kind];
  const labelX = Math.min(Math.max(x, 5), width - 5);
  const element = label(mark, labelX, 11, 'middle');
  element.setAttribute('class', `moment ${kind} ${bad.has(kind) ? 'bad' : ''}`);
  const title = shape('title', {});
  title.textContent = word;
  element.append(title);
  return element;
}

function label(text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end'): SVGElement {
  const element = shape('text', { x, y, 'text-anchor': anchor });
  element.textContent = text;
  return element;
}

function shape(tag: string, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  return element;
}
