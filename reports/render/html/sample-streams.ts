import { note, section, type Section } from './parts.ts';
import { box, percent, plot, rounded, ticks } from './plot.ts';
import { markup, type Markup } from '../../markup.ts';
import { formatMs, plural } from '../../quantity.ts';
import type { Report } from '../../report.ts';
import type { SampleStream } from '../../example-streams.ts';

/** The lateness from which an arrival is drawn as late, and as very late: half an interval of the target (E3). */
const lateMs = 10;
const veryLateMs = 50;

/** Example streams: a row of ticks each, one per message with text. */
export function htmlSampleStreams({ sampleStreams }: Report): Section | null {
  if (!sampleStreams.some(hasBegun)) return null;
  const endMs = sharedEndMs(sampleStreams);
  const planned = sampleStreams.some((stream) => stream.plannedMs !== null);
  const judged = sampleStreams.some((stream) =>
    stream.arrivals.some((arrival) => arrival.latenessMs !== null),
  );
  return section(
    'Sample streams',
    note(
      `${plural(sampleStreams.length, 'stream')} of the window, evenly spread over it. Each tick is a message with text, at the time of its arrival from the start of the stream.`,
    ),
    judged ? lateLegend() : null,
    planned ? planLegend() : null,
    markup`
<div class="streams">
${sampleStreams.map((stream) => row(stream, endMs))}
${axis(endMs)}
</div>`,
  );
}

/** Streams that never began have no row. */
function hasBegun({ arrivals, outcome }: SampleStream): boolean {
  return arrivals.length > 0 || !['rejected', 'refused'].includes(outcome);
}

function lateLegend(): Markup {
  return markup`
<p class="note legend"><span class="key tick"></span>in time
<span class="key tick late"></span>late by more than ${formatMs(lateMs)}
<span class="key tick very-late"></span>by more than ${formatMs(veryLateMs)}</p>`;
}

function planLegend(): Markup {
  return markup`
<p class="note legend"><span class="key planned"></span>planned times of the agent’s chunks; the gateway may merge them</p>`;
}

/** All rows share one axis, which ends with the last text, so that a stream that hung later does not squeeze the others. */
function sharedEndMs(streams: readonly SampleStream[]): number {
  const lastTextMs = streams.flatMap(({ arrivals, plannedMs }) => [
    arrivals.at(-1)?.atMs ?? 0,
    plannedMs?.at(-1) ?? 0,
  ]);
  const endMs = Math.max(...lastTextMs);
  return (endMs > 0 ? endMs : Math.max(1, ...streams.map((stream) => stream.durationMs))) * 1.02;
}

function row(stream: SampleStream, endMs: number): Markup {
  const { key, outcome, durationMs, arrivals } = stream;
  const label = `${plural(arrivals.length, 'message')} with text, ${outcome} after ${formatMs(durationMs)}`;
  const life = percent(Math.min(1, durationMs / endMs));
  const good = outcome === 'completed' || outcome === 'censored';
  return markup`
<div class="stream">
<code title="${key}">${key}</code>
<svg class="plot" role="img" aria-label="${label}" width="100%" height="26">
<line class="life" x1="0" x2="${life}" y1="9" y2="9"/>
<svg viewBox="0 0 ${box.width} 26" preserveAspectRatio="none" width="100%" height="26">
${tickPaths(stream, endMs)}
</svg>
</svg>
<span class="${good ? 'outcome' : 'outcome bad'}">${outcome} <span>${formatMs(durationMs)}</span></span>
</div>`;
}

/** One path per kind of tick. Late ones are also taller, for readers who do not see the colour. */
function tickPaths({ arrivals, plannedMs }: SampleStream, endMs: number): Markup[] {
  const [inTime, late, veryLate]: [number[], number[], number[]] = [[], [], []];
  for (const { atMs, latenessMs } of arrivals) {
    if (latenessMs === null || latenessMs <= lateMs) inTime.push(atMs);
    else if (latenessMs <= veryLateMs) late.push(atMs);
    else veryLate.push(atMs);
  }
  const path = (kind: string, timesMs: readonly number[], fromY: number, toY: number) => {
    const moves = timesMs.map((ms) => `M${rounded((ms / endMs) * box.width)} ${fromY}V${toY}`);
    return markup`<path class="tick ${kind}" d="${moves.join('')}"/>`;
  };
  return [
    path('planned', plannedMs ?? [], 20, 24),
    path('in-time', inTime, 5, 13),
    path('late', late, 3, 15),
    path('very-late', veryLate, 0, 18),
  ];
}

function axis(endMs: number): Markup {
  const marks = plot({
    label: 'time since the stream’s start',
    heightPx: 1,
    xTicks: ticks(endMs, 6, formatMs),
    shapes: null,
    texts: null,
  });
  return markup`
<div class="stream"><span></span>${marks}<span></span></div>`;
}
