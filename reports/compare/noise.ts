import { z } from 'zod';

import { fingerprintSchema } from '../fingerprint.ts';

const size = z.number().nonnegative();

/** The form that a noise record is written in. */
const noiseVersion = 1;

/**
 * What equal sides differ by, on one machine and in one scenario, as `rehearsal ab --aa` has measured it.
 * Milliseconds, or a second for a rate.
 */
export const noiseSchema = z.strictObject({
  version: z.literal(noiseVersion),
  recordedAt: z.iso.datetime(),
  fingerprint: fingerprintSchema,
  pairs: z.int().positive(),
  times: z.record(
    z.string(),
    z.strictObject({
      deviation: size.describe('Standard deviation of the difference of a pair.'),
      visible: size.describe('The smallest change that as many pairs as these would tell.'),
      visibleOfOneRun: size.describe('The smallest that a run a side would tell.'),
    }),
  ),
});

export type Noise = z.infer<typeof noiseSchema>;

/** A time of equal sides: the differences of its pairs, and what came of comparing it. */
export interface EqualTime {
  name: string;
  differences: readonly number[];
  interval: { low: number; high: number };
  margin: number;
}

/** Makes a noise record from pairs of equal sides. */
export function recordNoise(
  times: readonly EqualTime[],
  { fingerprint, recordedAt, pairs }: Pick<Noise, 'fingerprint' | 'recordedAt' | 'pairs'>,
): Noise {
  return {
    version: noiseVersion,
    recordedAt,
    fingerprint,
    pairs,
    times: Object.fromEntries(
      times.map(({ name, differences, interval, margin }) => {
        const deviation = deviationOf(differences);
        const visible = margin + Math.max(Math.abs(interval.low), Math.abs(interval.high));
        const visibleOfOneRun = margin + boundOf(deviation, pairs);
        return [name, { deviation, visible, visibleOfOneRun }];
      }),
    ),
  };
}

/** How much a run a side may differ from another by nothing but noise; null for a time that has no record. */
export function boundOfOneRun({ times, pairs }: Noise, name: string): number | null {
  const time = times[name];
  return time === undefined ? null : boundOf(time.deviation, pairs);
}

/** Beyond it lies one of 385 differences of a run a side, by Student's t for the fewest pairs (eight). */
const deviationsOfOneRun = 4;

function boundOf(deviation: number, pairs: number): number {
  // The next difference is as uncertain as the deviation, and as the mean that it was taken from.
  return deviationsOfOneRun * deviation * Math.sqrt(1 + 1 / pairs);
}

/** About nought: sides that are equal differ by nothing. */
function deviationOf(differences: readonly number[]): number {
  const squares = differences.reduce((sum, difference) => sum + difference ** 2, 0);
  return Math.sqrt(squares / Math.max(1, differences.length - 1));
}
