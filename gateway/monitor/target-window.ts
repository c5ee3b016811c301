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

/** The limits for the last minute (E3): durations in milliseconds, shares from 0 to 1. */
const limits = {
  firstChunkMs: durations(firstChunk),
  intervalMs: durations(interval),
  connectionSuccess: {
    target: percentageSchema.parse(connectionSuccess.target),
    alarm: percentageSchema.parse(connectionSuccess.alarm),
  },
  concurrentStreams,
};

/** The state of one target. */
interface TargetStatus extends Limits {
  state: 'ok' | 'beyond target' | 'alarm' | 'no data';
  /** The statistic that is judged. */
  statistic: 'p95' | 'mean' | 'share' | 'peak';
  /** Null without measurements. */
  value: number | null;
}

export type TargetStatuses = Record<keyof typeof limits, TargetStatus>;

/** Collects the figures of the targets over a sliding window. */
export interface TargetWindow {
  firstChunk(ms: number): void;
  /** @param ms the mean interval of a stream */
  interval(ms: number): void;
  /** @param isOpened whether the response was a stream */
  connection(isOpened: boolean): void;
  /** Call after each change. */
  openStreams(count: number): void;
  judge(): TargetStatuses;
}

/** The window moves in slices, so it covers the last 50 to 60 seconds. */
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
    connection(isOpened) {
      current()[isOpened ? 'opened' : 'refused'] += 1;
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
      const requests = opened + sum(recent.map((slice) => slice.refused));
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
          ...judge(requests === 0 ? null : opened / requests, limits.connectionSuccess, stateAbove),
        },
        concurrentStreams: {
          statistic: 'peak',
          // That many streams must be supported, so a peak equal to the target meets it.
          ...judge(
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
  return judge(value === null ? null : Math.round(value * 10) / 10, limits, stateBelow);
}

function judge(
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

/** Creates a histogram with a bounded size and a precision of three digits. */
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
