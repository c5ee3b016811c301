import { seconds } from './outcome.ts';
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

/**
 * Draws planned chunks above the axis, and below it what arrived: messages, pings, pauses, and how the stream
 * ended. While it is open, the pause since the last message grows.
 * @param nowMs time in milliseconds after the request
 */
export function drawTimeline(svg: SVGElement, run: Run, nowMs: number): void {
  const { arrivalsMs, moments } = run;
  const plannedMs = run.ending?.kind === 'refused' ? [] : (run.plan?.chunksMs ?? []);
  const width = svg.clientWidth;
  const waitMs = retryAfterMs(run);
  const lastMs = (run.endMs ?? nowMs) + waitMs;
  const endMs = Math.max(1000, plannedMs.at(-1) ?? 0, lastMs) * 1.02;
  const x = (ms: number) => 1 + (ms / endMs) * (width - 2);
  svg.replaceChildren(
    ...pauses(run, nowMs).map(({ fromMs, toMs }) => pause(x(fromMs), x(toMs), toMs - fromMs)),
    ...(waitMs > 0 ? wait(x(lastMs - waitMs), x(lastMs), waitMs) : []),
    shape('line', { class: 'axis', x1: 0, x2: width, y1: height.axis, y2: height.axis }),
    ticks('planned', plannedMs.map(x), height.planned),
    ticks('arrived', arrivalsMs.map(x), height.arrived - 10),
    ...moments.map(({ kind, atMs }) => moment(kind, x(atMs), width)),
    ...(run.ending === undefined ? [playhead(x(nowMs))] : []),
    label('0', 0, height.labels, 'start'),
    label(seconds(endMs), width, height.labels, 'end'),
  );
}

function retryAfterMs({ ending }: Run): number {
  return ending?.kind === 'refused' ? (ending.retryAfterSec ?? 0) * 1000 : 0;
}

/** The times in which no text came; the last one ends now, or with the stream. */
function pauses({ arrivalsMs, endMs }: Run, nowMs: number): { fromMs: number; toMs: number }[] {
  const times = [0, ...arrivalsMs, endMs ?? nowMs];
  return times
    .slice(1)
    .map((toMs, index) => ({ fromMs: times[index] ?? 0, toMs }))
    .filter(({ fromMs, toMs }) => toMs - fromMs >= drawnPauseMs);
}

function pause(from: number, to: number, ms: number): SVGElement {
  const group = shape('g', { class: 'pause' });
  const share = Math.min(1, ms / reddestMs);
  group.append(
    shape('rect', {
      x: from,
      width: Math.max(0, to - from),
      y: height.axis + 2,
      height: 26,
      'fill-opacity': (0.12 + 0.6 * share).toFixed(2),
    }),
  );
  if (to - from > 44)
    group.append(label(seconds(ms), (from + to) / 2, height.arrived + 4, 'middle'));
  return group;
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
  const at = Math.min(Math.max(x, 5), width - 5);
  const element = label(mark, at, 11, 'middle');
  element.setAttribute('class', `moment ${kind} ${bad.has(kind) ? 'bad' : ''}`);
  const title = shape('title', {});
  title.textContent = word;
  element.append(title);
  return element;
}

function playhead(x: number): SVGElement {
  return shape('line', { class: 'playhead', x1: x, x2: x, y1: 14, y2: 60 });
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
