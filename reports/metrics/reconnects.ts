import { z } from 'zod';

import type { StreamSample } from '../sample.ts';

const count = z.int().nonnegative();

/** How often streams broke and were resumed. */
export const reconnectsSchema = z.strictObject({
  count: count.describe('Requests that resumed a stream.'),
  streams: count.describe('Streams that had one at least.'),
});

export type ReconnectCounts = z.infer<typeof reconnectsSchema>;

/** Counts the reconnects of streams; returns null for a load that resumes none. */
export function countReconnects(
  samples: readonly Pick<StreamSample, 'reconnects'>[],
): ReconnectCounts | null {
  const counts = samples.flatMap(({ reconnects }) => reconnects ?? []);
  if (counts.length === 0) return null;
  return {
    count: counts.reduce((sum, each) => sum + each, 0),
    streams: counts.filter((each) => each > 0).length,
  };
}
