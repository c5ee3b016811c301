import { z } from 'zod';

/** The summary of a set of values. Its unit is its key's: `firstChunkMs` holds milliseconds. */
export const distributionSchema = z.strictObject({
  count: z.int().positive(),
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});

export type Distribution = z.infer<typeof distributionSchema>;

/**
 * Summarizes values; null where there are none.
 *
 * Percentiles are nearest-rank: each is a value that was measured, never one between two.
 * The values are not changed, and may be in any order.
 */
export function summarize(values: ArrayLike<number>): Distribution | null {
  return summarizeInPlace(Float64Array.from(values));
}

/** As {@link summarize}, but sorts the values themselves: a large load has millions. */
export function summarizeInPlace(values: Float64Array): Distribution | null {
  // A typed array sorts by number, without a comparison function, and a million of them in a blink.
  const sorted = values.sort();
  const max = sorted.at(-1);
  if (max === undefined) return null;
  let sum = 0;
  for (const value of sorted) sum += value;
  return {
    count: sorted.length,
    mean: sum / sorted.length,
    p50: nearestRank(sorted, 50),
    p95: nearestRank(sorted, 95),
    p99: nearestRank(sorted, 99),
    max,
  };
}

/** The smallest value that at least `percent` of a hundred values do not exceed. `sorted` is not empty. */
function nearestRank(sorted: Float64Array, percent: number): number {
  // Whole numbers until the division: 0.95 * 20 as a fraction could round up past rank 19.
  const rank = Math.ceil((percent * sorted.length) / 100);
  return sorted[rank - 1] ?? Number.NaN;
}
