import { z } from 'zod';

import type { StreamSample } from '../sample.ts';

/** Pauses so long that a person thinks the stream is dead. */
export const stallsSchema = z.strictObject({
  thresholdMs: z
    .number()
    .nonnegative()
    .describe('A longer gap is a stall: five times the alarm level of the interval.'),
  count: z.int().nonnegative().describe('Gaps between two chunks that were longer.'),
  streams: z.int().nonnegative().describe('Streams that had one at least.'),
});

export type Stalls = z.infer<typeof stallsSchema>;

/** Times the alarm of the mean interval (E3, 200 ms): 1 s by default, so a single late chunk is no stall. */
const timesAlarm = 5;

/** Counts the stalls of streams; one that never ends also gives the outcome `stalled`. */
export function countStalls(
  samples: readonly Pick<StreamSample, 'arrivals'>[],
  interval: { alarm: number },
): Stalls {
  const thresholdMs = timesAlarm * interval.alarm;
  const stalls = { thresholdMs, count: 0, streams: 0 };
  for (const { arrivals } of samples) {
    let ofStream = 0;
    let previousMs = Number.POSITIVE_INFINITY;
    for (const { atMs } of arrivals) {
      if (atMs - previousMs > thresholdMs) ofStream += 1;
      previousMs = atMs;
    }
    stalls.count += ofStream;
    if (ofStream > 0) stalls.streams += 1;
  }
  return stalls;
}
