import { z } from 'zod';

import { drawsFor } from '../../../proto/draws.ts';
import { percentageSchema } from '../../../proto/notation/percentage.ts';

/** Streams that the client leaves in the middle, as people do who have read enough. */
export const leaveSchema = z.strictObject({
  after: z
    .strictObject({ chunks: z.int().min(1).describe('Messages with text.') })
    .describe('Where the client leaves; a stream that ends before is not left.'),
  probability: percentageSchema
    .prefault('100%')
    .describe('The share of streams, with an independent draw for each.'),
});

/**
 * Returns after how many messages with text the client leaves the stream of a key; null if it stays.
 * Seed and key alone decide, as for a stream's plan.
 */
export function leaveAfter(
  leave: z.output<typeof leaveSchema> | undefined,
  seed: number,
  key: string,
): number | null {
  if (leave === undefined) return null;
  const drawn = drawsFor({ seed, scenario: '', key })('leave')();
  return drawn < leave.probability ? leave.after.chunks : null;
}
