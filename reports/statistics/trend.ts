/** A straight line through measured values: its slope with the 95 % confidence interval. */
export interface Trend {
  slope: number;
  low: number;
  high: number;
}

export type Point = readonly [x: number, y: number];

/**
 * Returns the least-squares line. Its interval assumes independent errors; that of autocorrelated values is wider.
 * @throws RangeError for fewer than three points, or where all have the same `x`.
 */
export function trendOf(points: readonly Point[]): Trend {
  const count = points.length;
  const mean = (pick: (point: Point) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / count;
  const meanX = mean(([x]) => x);
  const meanY = mean(([, y]) => y);
  const spread = mean(([x]) => (x - meanX) ** 2) * count;
  if (count < 3 || spread === 0)
    throw new RangeError('a trend needs three points, not all at one x');
  const slope = (mean(([x, y]) => (x - meanX) * (y - meanY)) * count) / spread;
  const residual = mean(([x, y]) => (y - meanY - slope * (x - meanX)) ** 2) * count;
  const error = Math.sqrt(residual / (count - 2) / spread) * studentT(count - 2);
  return { slope, low: slope - error, high: slope + error };
}

/** The 97.5th percentile of Student's t (Cornish and Fisher's expansion, within 1 % from 4 degrees on). */
function studentT(degrees: number): number {
  const z = 1.959_964;
  return (
    z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  );
}
