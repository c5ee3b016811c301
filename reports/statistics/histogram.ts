import { z } from 'zod';

import { summarize } from './distribution.ts';
import { multipleOf, niceStep } from './nice-step.ts';

/** Values counted into bins of one width, for a chart. */
export const histogramSchema = z.strictObject({
  edgesMs: z
    .array(z.number())
    .describe('Where bins begin and end, ascending from 0: one more than there are bins.'),
  counts: z
    .array(z.int().nonnegative())
    .describe('Values in each bin; a value on an edge is in the bin that begins there.'),
  above: z.int().nonnegative().describe('Values at or beyond the last edge.'),
});

export type Histogram = z.infer<typeof histogramSchema>;

const bins = 60;
/** Finer bins would show the clock, not the stream. */
const finestBinMs = 0.1;

/**
 * Counts values of 0 ms and more into 60 equal bins from 0 that hold 99 % of them; null where there are none.
 *
 * What lies beyond is counted as `above`: one straggler of a minute must not squeeze all others
 * into the first bin. A bin's width is 1, 2 or 5 times a power of ten.
 *
 * @param nearlyAll the 99th percentile of the values, where it is known: it takes a sort to find
 */
export function histogram(
  values: ArrayLike<number>,
  nearlyAll = summarize(values)?.p99 ?? 0,
): Histogram | null {
  if (values.length === 0) return null;
  const widthMs = niceStep(Math.max(finestBinMs, nearlyAll / bins));
  const edgesMs = Array.from({ length: bins + 1 }, (_, index) => multipleOf(widthMs, index));
  const counts = Array.from({ length: bins }, () => 0);
  let above = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    // The division may round a value near an edge into the bin beside: the edges decide.
    let bin = Math.max(0, Math.min(bins, Math.floor(value / widthMs)));
    while (bin > 0 && value < (edgesMs[bin] ?? 0)) bin -= 1;
    while (bin < bins && value >= (edgesMs[bin + 1] ?? Infinity)) bin += 1;
    if (bin === bins) above += 1;
    else counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edgesMs, counts, above };
}
