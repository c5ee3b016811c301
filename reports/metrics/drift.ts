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

/** Whether the window was the same from its beginning to its end. */
export const driftSchema = z.strictObject({ firstChunk: changeSchema, interval: changeSchema });

export type Drift = z.infer<typeof driftSchema>;

const fewest = 10;

/** What a busy machine adds to a median without anything being wrong. */
const noiseMs = { firstChunk: 10, interval: 5 };

/** Standard errors that chance may explain: once in some ten thousand windows it explains more. */
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
 * The median and its standard error, which is 1.25 times that of the mean; the deviation is taken from
 * the middle half of the values (Rousseeuw and Croux, 1993: 1.48 times the median distance), for a few
 * late streams say nothing of the rest.
 */
function spreadOf(values: readonly number[]): { median: number; error: number } {
  const median = medianOf(values);
  const deviation = 1.4826 * medianOf(values.map((value) => Math.abs(value - median)));
  return { median, error: (1.2533 * deviation) / Math.sqrt(values.length) };
}

/** How much more the larger of both changes is than chance explains; null where neither was measured. */
export function largestDrift({ firstChunk, interval }: Drift): number | null {
  if (firstChunk === null && interval === null) return null;
  return Math.max(firstChunk?.ratio ?? 0, interval?.ratio ?? 0);
}
