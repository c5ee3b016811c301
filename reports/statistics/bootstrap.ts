import seedrandom from 'seedrandom';

/** Between what a statistic lies. */
export interface Interval {
  low: number;
  high: number;
}

/** Draws as many values as there are, each time from all of them. */
export type Resample = (values: readonly number[]) => number[];

const rounds = 10_000;

/**
 * The percentile bootstrap (Efron, 1979): a statistic of values that were drawn again and again from
 * those that were measured, and between what the middle `level` of its results lies.
 *
 * Deterministic: the same values give the same interval.
 *
 * @param statistic makes one result from values that it resamples
 * @param level from 0 to 1, such as 0.95
 */
export function bootstrapInterval(
  statistic: (resample: Resample) => number,
  level: number,
): Interval {
  const random = seedrandom.xor4096('bootstrap');
  const resample: Resample = (values) =>
    values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN);
  const results = Float64Array.from({ length: rounds }, () => statistic(resample)).sort();
  const outside = Math.floor(((1 - level) / 2) * rounds);
  return {
    low: results[outside] ?? Number.NaN,
    high: results[rounds - 1 - outside] ?? Number.NaN,
  };
}
