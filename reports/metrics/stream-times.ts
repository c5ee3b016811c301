import type { StreamSample } from '../sample.ts';

type Arrivals = Pick<StreamSample, 'arrivals'>;

/** Time from a stream's start to its first message with text (E3); null without text. */
export function firstChunkMs({ arrivals }: Arrivals): number | null {
  return arrivals.at(0)?.atMs ?? null;
}

/**
 * The stream's own mean interval between chunks: (last − first) / (n − 1) (E3).
 * Null for fewer than two chunks, which have no interval.
 */
export function meanIntervalMs({ arrivals }: Arrivals): number | null {
  const first = arrivals.at(0);
  const last = arrivals.at(-1);
  if (first === undefined || last === undefined || arrivals.length < 2) return null;
  return (last.atMs - first.atMs) / (arrivals.length - 1);
}

/** The pooled times of all streams; streams without a time are left out. */
export interface PooledTimes {
  firstChunkMs: Float64Array;
  /** The mean interval of each stream. */
  intervalMs: Float64Array;
  /** All gaps of all streams, so that a single stall shows. */
  gapMs: Float64Array;
}

/** Pools the times of streams, in the order of the samples. */
export function poolTimes(samples: readonly Arrivals[]): PooledTimes {
  return {
    firstChunkMs: Float64Array.from(samples.map(firstChunkMs).filter((time) => time !== null)),
    intervalMs: Float64Array.from(samples.map(meanIntervalMs).filter((time) => time !== null)),
    gapMs: poolGaps(samples),
  };
}

function poolGaps(samples: readonly Arrivals[]): Float64Array {
  let count = 0;
  for (const { arrivals } of samples) count += Math.max(0, arrivals.length - 1);
  // Sized once: a run of 10,000 streams with 100 chunks each has a million gaps.
  const gaps = new Float64Array(count);
  let next = 0;
  for (const { arrivals } of samples) {
    let previous: number | null = null;
    for (const { atMs } of arrivals) {
      if (previous !== null) {
        gaps[next] = atMs - previous;
        next += 1;
      }
      previous = atMs;
    }
  }
  return gaps;
}
