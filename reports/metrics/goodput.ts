import { z } from 'zod';

import type { JudgedSample } from '../sample.ts';
import { firstChunkMs, meanIntervalMs } from './stream-times.ts';
import type { Targets } from '../targets.ts';

/** Streams that completed and met both time targets; the term comes from serving benchmarks. */
export const goodputSchema = z.strictObject({
  streams: z
    .int()
    .nonnegative()
    .describe('Streams that completed and met both targets of time, each by itself.'),
  share: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('Of the judged streams, but those left or read slowly on purpose.'),
  perSec: z.number().nonnegative().describe('Good streams that started in the window, per second.'),
});

export type Goodput = z.infer<typeof goodputSchema>;

export type TimeTargets = Pick<Targets, 'firstChunkMs' | 'intervalMs'>;

/** @param windowMs over which the judged streams started */
export function computeGoodput(
  judged: readonly JudgedSample[],
  targets: TimeTargets,
  windowMs: number,
): Goodput {
  const requests = judged.filter(({ outcome, readSlowly }) => outcome !== 'left' && !readSlowly);
  const streams = requests.filter((sample) => isGood(sample, targets)).length;
  return {
    streams,
    share: requests.length === 0 ? null : streams / requests.length,
    perSec: windowMs > 0 ? (streams * 1000) / windowMs : 0,
  };
}

/** A stream without text has no first chunk; one with a single message has no interval. */
function isGood(sample: JudgedSample, targets: TimeTargets): boolean {
  return (
    sample.outcome === 'completed' &&
    sample.planned?.textMatches !== false &&
    (firstChunkMs(sample) ?? 0) < targets.firstChunkMs.target &&
    (meanIntervalMs(sample) ?? 0) < targets.intervalMs.target
  );
}
