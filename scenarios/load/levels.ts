import type { Draw } from '../../proto/draws.ts';
import type { LoadProfile } from './profile.ts';

/**
 * A part of a load over which its height (streams at once, or arrivals a second) goes evenly from
 * one number to another.
 */
export interface Level {
  overMs: number;
  from: number;
  to: number;
}

/** From `fromMs` (in it) to `toMs` (not in it), milliseconds from the start of the load. */
export interface Span {
  fromMs: number;
  toMs: number;
}

type Heights = Pick<
  LoadProfile,
  'streams' | 'arrivals' | 'stages' | 'rampMs' | 'warmUpMs' | 'windowMs'
>;

/** How high a load is from its start to the end of its window. */
export function levelsOf(profile: Heights): Level[] {
  const { arrivals, streams, stages, rampMs, warmUpMs, windowMs } = profile;
  const height = arrivals?.perSecond ?? streams;
  const steps =
    stages.length > 0
      ? stages
      : [
          { overMs: rampMs, to: height },
          { overMs: warmUpMs + windowMs, to: height },
        ];
  return steps.map(({ overMs, to }, index) => ({ overMs, from: steps[index - 1]?.to ?? 0, to }));
}

/**
 * When a slot of a closed load may start streams: while the load is higher than the slot's number,
 * from 0. So the slots of a ramp start evenly spread; a thousand connections made at one moment would
 * slow the first wave down by themselves (first chunk after 381 ms instead of 200).
 */
export function spansOf(levels: readonly Level[], slot: number): Span[] {
  const spans: Span[] = [];
  let atMs = 0;
  for (const { overMs, from, to } of levels) {
    const endMs = atMs + overMs;
    const crossingMs = atMs + (overMs * (slot - from)) / (to - from);
    const fromMs = from > slot ? atMs : crossingMs;
    const toMs = to > slot ? endMs : crossingMs;
    const last = spans.at(-1);
    if (from > slot || to > slot) {
      if (last?.toMs === fromMs) last.toMs = toMs;
      else spans.push({ fromMs, toMs });
    }
    atMs = endMs;
  }
  return spans.filter(({ fromMs, toMs }) => toMs > fromMs);
}

/**
 * When the streams of an open load are due, in milliseconds from its start: evenly by the rate, or
 * as a Poisson process of that rate, whose draws are `draw`'s.
 */
export function* arrivalTimes(
  levels: readonly Level[],
  law: 'constant' | 'poisson',
  draw: Draw,
): Generator<number, void, undefined> {
  const step = () => (law === 'constant' ? 1 : -Math.log(1 - draw()));
  /** How many arrivals into the level the next is. */
  let ahead = law === 'constant' ? 0 : step();
  let atMs = 0;
  for (const { overMs, from, to } of levels) {
    const arrivals = (((from + to) / 2) * overMs) / 1000;
    for (; ahead < arrivals; ahead += step()) yield atMs + timeOf(ahead, { overMs, from, to });
    ahead -= arrivals;
    atMs += overMs;
  }
}

/** After how many milliseconds of a level so many arrivals have come: its rate is a straight line. */
function timeOf(arrivals: number, { overMs, from, to }: Level): number {
  const slope = ((to - from) / overMs) * 1000;
  // The root that loses no digits where the line is nearly flat.
  return (2000 * arrivals) / (from + Math.sqrt(Math.max(0, from ** 2 + 2 * slope * arrivals))) || 0;
}
