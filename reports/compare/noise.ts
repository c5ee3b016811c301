import { z } from 'zod';

import { fingerprintSchema } from '../fingerprint.ts';

const size = z.number().nonnegative();

/** The version of the noise record's format. */
const noiseVersion = 1;

/**
 * The difference between equal sides on one machine and in one scenario, measured by `rehearsal ab --aa`.
 * In milliseconds, or per second for a rate.
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

/** A time of equal sides: the differences of its pairs and the result of the comparison. */
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

/** How far single runs of equal sides may differ by noise alone; null for a time without a record. */
export function boundOfOneRun({ times, pairs }: Noise, name: string): number | null {
  const time = times[name];
  return time === undefined ? null : boundOf(time.deviation, pairs);
}

/** Beyond it lies one of 385 differences of a run a side, by Student's t for the fewest pairs (eight). */
const deviationsOfOneRun = 4;

function boundOf(deviation: number, pairs: number): number {
  // The next difference is as uncertain as the deviation and the mean it is measured against.
  return deviationsOfOneRun * deviation * Math.sqrt(1 + 1 / pairs);
}

/** Measured around 0, the true difference of equal sides. */
function deviationOf(differences: readonly number[]): number {
  const squares = differences.reduce((sum, difference) => sum + difference ** 2, 0);
  return Math.sqrt(squares / Math.max(1, differences.length - 1));
}
