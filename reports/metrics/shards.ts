import { z } from 'zod';

import { summarize } from '../statistics/distribution.ts';
import type { StreamSample } from '../sample.ts';

/** The process that ran one part of a load, and whether it was in time. */
export const shardSchema = z.strictObject({
  number: z.int().positive().describe('From 1.'),
  streams: z.int().nonnegative().describe('Streams of all phases.'),
  startedAfterMs: z
    .number()
    .describe(
      'When its load started, from the common start: by its own clock, with what that clock was set by during the load.',
    ),
  startLagP99Ms: z
    .number()
    .nullable()
    .describe('How late it started its streams of the window, at p99; null if none started in it.'),
  loopDelayP99Ms: z.number().describe('How late its event loop came to its timers, at p99.'),
  cpuCores: z.number().nonnegative(),
  rssMb: z.number().nonnegative(),
  machine: z.string().describe('The hash of its machine, as in `fingerprint.machine`.'),
});

export type Shard = z.infer<typeof shardSchema>;

/** Returns how late the streams of the window started, at p99; null without streams. */
export function startLagP99(
  samples: readonly Pick<StreamSample, 'phase' | 'startLagMs'>[],
): number | null {
  const started = samples.filter(({ phase }) => phase === 'window');
  return summarize(started.map(({ startLagMs }) => startLagMs))?.p99 ?? null;
}

/** Returns how far apart the shards started, the common start included; 0 without shards. */
export function startSpreadMs(shards: readonly Pick<Shard, 'startedAfterMs'>[]): number {
  let [earliestMs, latestMs] = [0, 0];
  for (const { startedAfterMs } of shards) {
    earliestMs = Math.min(earliestMs, startedAfterMs);
    latestMs = Math.max(latestMs, startedAfterMs);
  }
  return latestMs - earliestMs;
}

/** Returns the shard with the largest value; undefined if none has one. */
export function worstShard(
  shards: readonly Shard[],
  valueOf: (shard: Shard) => number | null,
): { shard: Shard; value: number } | undefined {
  let worst: { shard: Shard; value: number } | undefined;
  for (const shard of shards) {
    const value = valueOf(shard);
    if (value !== null && (worst === undefined || value > worst.value)) worst = { shard, value };
  }
  return worst;
}
