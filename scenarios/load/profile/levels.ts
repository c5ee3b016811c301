import type { Draw } from '../../../proto/draws.ts';
import type { LoadProfile } from './profile.ts';

/**
 * A part of a load in which its height (concurrent streams, or arrivals per second) changes linearly.
 */
export interface Level {
  overMs: number;
  from: number;
  to: number;
}

/** From `fromMs` (inclusive) to `toMs` (exclusive), in milliseconds from the start of the load. */
export interface Span {
  fromMs: number;
  toMs: number;
}

type Heights = Pick<
  LoadProfile,
  'streams' | 'arrivals' | 'stages' | 'rampMs' | 'warmUpMs' | 'windowMs'
>;

/** Returns the levels of a load from its start to the end of its window. */
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
 * Returns when a slot of a closed load may start streams: while the load is higher than the slot's
 * number, which counts from 0. The slots of a ramp therefore start evenly spread. A thousand connections
 * at one moment would slow themselves down (first chunk after 381 ms instead of 200).
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
 * Yields when the streams of an open load are due, in milliseconds from its start: evenly spaced at the
 * rate, or as a Poisson process of that rate.
 */
export function* arrivalTimes(
  levels: readonly Level[],
  law: 'constant' | 'poisson',
  draw: Draw,
): Generator<number, void, undefined> {
  const step = () => (law === 'constant' ? 1 : -Math.log(1 - draw()));
  /** The next arrival, counted in arrivals from the start of the level. */
  let ahead = law === 'constant' ? 0 : step();
  let atMs = 0;
  for (const { overMs, from, to } of levels) {
    const arrivals = (((from + to) / 2) * overMs) / 1000;
    for (; ahead < arrivals; ahead += step()) yield atMs + timeOf(ahead, { overMs, from, to });
    ahead -= arrivals;
    atMs += overMs;
  }
}

/** Returns the time within a level, in milliseconds, after which so many arrivals are due; the rate is linear. */
function timeOf(arrivals: number, { overMs, from, to }: Level): number {
  const slope = ((to - from) / overMs) * 1000;
  // This form of the root stays precise when the slope is nearly zero.
  return (2000 * arrivals) / (from + Math.sqrt(Math.max(0, from ** 2 + 2 * slope * arrivals))) || 0;
}
