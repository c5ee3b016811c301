import type { StreamSample } from '../sample.ts';

type Arrivals = Pick<StreamSample, 'arrivals'>;

/** From the stream's start to its first message with text (E3); null where no text came. */
export function firstChunkMs({ arrivals }: Arrivals): number | null {
  return arrivals[0]?.atMs ?? null;
}

/**
 * The stream's own mean interval between chunks: (last − first) / (n − 1) (E3).
 * Null for fewer than two chunks, which have no interval.
 */
export function meanIntervalMs({ arrivals }: Arrivals): number | null {
  const first = arrivals[0];
  const last = arrivals.at(-1);
  if (first === undefined || last === undefined || arrivals.length < 2) return null;
  return (last.atMs - first.atMs) / (arrivals.length - 1);
}

/** Each time of every stream, pooled; streams that lack one are left out of it. */
export interface PooledTimes {
  firstChunkMs: Float64Array;
  /** One mean for each stream. */
  intervalMs: Float64Array;
  /** Every single gap of every stream, so that one long stall shows. */
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
