import { z } from 'zod';

import { medianOf } from '../statistics/median.ts';
import type { Stretch } from './open-streams.ts';
import type { StreamSample } from '../sample.ts';
import { firstChunkMs, meanIntervalMs } from './stream-times.ts';

const changeSchema = z
  .strictObject({
    fromMs: z.number().describe('Median of the streams that started in the first third.'),
    toMs: z.number().describe('Median of those of the last third.'),
    ratio: z
      .number()
      .nonnegative()
      .describe(
        'The change as a share of `fromMs`, as far as neither chance nor noise explains it.',
      ),
  })
  .nullable()
  .describe('Null for fewer than ten streams in either third.');

/** Whether the window was steady from beginning to end. */
export const driftSchema = z.strictObject({ firstChunk: changeSchema, interval: changeSchema });

export type Drift = z.infer<typeof driftSchema>;

const fewest = 10;

/** The change of a median that a busy machine causes by itself. */
const noiseMs = { firstChunk: 10, interval: 5 };

/** Standard errors that chance explains; it exceeds them once in some ten thousand windows. */
const byChance = 4;

/** Compares the first third of a window with its last, by the streams that started in them. */
export function measureDrift(samples: readonly StreamSample[], window: Stretch): Drift {
  const third = (window.endAtMs - window.startAtMs) / 3;
  const first = samples.filter(({ startAtMs }) => startAtMs < window.startAtMs + third);
  const last = samples.filter(({ startAtMs }) => startAtMs >= window.endAtMs - third);
  const change = (of: (sample: StreamSample) => number | null, noise: number) =>
    compare(timesOf(first, of), timesOf(last, of), noise);
  return {
    firstChunk: change(firstChunkMs, noiseMs.firstChunk),
    interval: change(meanIntervalMs, noiseMs.interval),
  };
}

function timesOf(
  samples: readonly StreamSample[],
  of: (sample: StreamSample) => number | null,
): number[] {
  return samples.map(of).filter((time) => time !== null);
}

function compare(first: number[], last: number[], noise: number): Drift['interval'] {
  if (first.length < fewest || last.length < fewest) return null;
  const [from, to] = [spreadOf(first), spreadOf(last)];
  const error = Math.hypot(from.error, to.error);
  const sure = Math.abs(to.median - from.median) - byChance * error - noise;
  return {
    fromMs: from.median,
    toMs: to.median,
    ratio: Math.max(0, sure) / Math.max(from.median, 1),
  };
}

/**
 * The median and its standard error, which is 1.25 times that of the mean. The deviation is that of the
 * middle half of the values (Rousseeuw and Croux, 1993: 1.48 times the median distance), so that a few
 * late streams do not dominate it.
 */
function spreadOf(values: readonly number[]): { median: number; error: number } {
  const median = medianOf(values);
  const deviation = 1.4826 * medianOf(values.map((value) => Math.abs(value - median)));
  return { median, error: (1.2533 * deviation) / Math.sqrt(values.length) };
}

/** The larger change beyond what chance explains; null if neither was measured. */
export function largestDrift({ firstChunk, interval }: Drift): number | null {
  if (firstChunk === null && interval === null) return null;
  return Math.max(firstChunk?.ratio ?? 0, interval?.ratio ?? 0);
}
