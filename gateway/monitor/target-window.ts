import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import { durationSchema } from '../../proto/notation/duration.ts';
import { percentageSchema } from '../../proto/notation/percentage.ts';
import {
  specifiedTargets,
  stateAbove,
  stateBelow,
  type Limits,
  type LimitState,
} from '../../proto/targets.ts';
import { performance } from '../../proto/timers.ts';

const { firstChunk, interval, connectionSuccess, concurrentStreams } = specifiedTargets;

const durations = ({ target, alarm }: { target: string; alarm: string }): Limits => ({
  target: durationSchema.parse(target),
  alarm: durationSchema.parse(alarm),
});

/** What the last minute is held against (E3): durations in milliseconds, shares from 0 to 1. */
const limits = {
  firstChunkMs: durations(firstChunk),
  intervalMs: durations(interval),
  connectionSuccess: {
    target: percentageSchema.parse(connectionSuccess.target),
    alarm: percentageSchema.parse(connectionSuccess.alarm),
  },
  concurrentStreams,
};

/** How one target stands. */
interface TargetStatus extends Limits {
  state: 'ok' | 'beyond target' | 'alarm' | 'no data';
  /** Which number of the many is judged. */
  statistic: 'p95' | 'mean' | 'share' | 'peak';
  /** Null where nothing was there to measure. */
  value: number | null;
}

export type TargetStatuses = Record<keyof typeof limits, TargetStatus>;

/** Remembers what the targets are about, for as long as the window is. */
export interface TargetWindow {
  firstChunk(ms: number): void;
  /** @param ms a stream's mean interval. */
  interval(ms: number): void;
  /** @param opened whether a request was answered with a stream. */
  connection(opened: boolean): void;
  /** To be told after each change. */
  openStreams(count: number): void;
  judge(): TargetStatuses;
}

/** It moves on in slices: what is judged is between 50 and 60 seconds old at most. */
const sliceMs = 10_000;
const slices = 6;

export const windowSec = (sliceMs * slices) / 1000;

interface Slice {
  number: number;
  firstChunk: RecordableHistogram;
  interval: RecordableHistogram;
  opened: number;
  refused: number;
  peak: number;
}

export function createTargetWindow(): TargetWindow {
  const ring = Array.from({ length: slices }, emptySlice);
  let open = 0;

  const current = (): Slice => {
    const number = Math.floor(performance.now() / sliceMs);
    const slice = ring[number % slices] ?? emptySlice();
    if (slice.number !== number) {
      slice.firstChunk.reset();
      slice.interval.reset();
      Object.assign(slice, { number, opened: 0, refused: 0, peak: open });
    }
    return slice;
  };

  return {
    firstChunk: (ms) => record(current().firstChunk, ms),
    interval: (ms) => record(current().interval, ms),
    connection(opened) {
      current()[opened ? 'opened' : 'refused'] += 1;
    },
    openStreams(count) {
      const slice = current();
      open = count;
      slice.peak = Math.max(slice.peak, count);
    },
    judge() {
      const { number: newest } = current();
      const recent = ring.filter(({ number }) => number > newest - slices);
      const firstChunks = merge(recent.map((slice) => slice.firstChunk));
      const intervals = merge(recent.map((slice) => slice.interval));
      const opened = sum(recent.map((slice) => slice.opened));
      const asked = opened + sum(recent.map((slice) => slice.refused));
      return {
        firstChunkMs: {
          statistic: 'p95',
          ...below(
            firstChunks.count === 0 ? null : firstChunks.percentile(95) / 1000,
            limits.firstChunkMs,
          ),
        },
        intervalMs: {
          statistic: 'mean',
          ...below(intervals.count === 0 ? null : intervals.mean / 1000, limits.intervalMs),
        },
        connectionSuccess: {
          statistic: 'share',
          ...judged(asked === 0 ? null : opened / asked, limits.connectionSuccess, stateAbove),
        },
        concurrentStreams: {
          statistic: 'peak',
          // As many as the target are to be supported: it is met up to there.
          ...judged(
            Math.max(...recent.map((slice) => slice.peak)),
            limits.concurrentStreams,
            (value, limits) => (value === limits.target ? 'ok' : stateBelow(value, limits)),
          ),
        },
      };
    },
  };
}

function below(value: number | null, limits: Limits) {
  return judged(value === null ? null : Math.round(value * 10) / 10, limits, stateBelow);
}

function judged(
  value: number | null,
  limits: Limits,
  stateOf: (value: number, limits: Limits) => LimitState,
): Omit<TargetStatus, 'statistic'> {
  if (value === null) return { state: 'no data', value, ...limits };
  const state = stateOf(value, limits);
  return { state: state === 'missed' ? 'beyond target' : state, value, ...limits };
}

function emptySlice(): Slice {
  return {
    number: -1,
    firstChunk: microseconds(),
    interval: microseconds(),
    opened: 0,
    refused: 0,
    peak: 0,
  };
}

/** Of bounded size however much it counts; three digits of a value are kept. */
function microseconds(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
}

function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * 1000)));
}

function merge(histograms: readonly RecordableHistogram[]): RecordableHistogram {
  const merged = microseconds();
  for (const histogram of histograms) merged.add(histogram);
  return merged;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
