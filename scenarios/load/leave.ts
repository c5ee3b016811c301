import { z } from 'zod';

import { drawsFor } from '../../proto/draws.ts';
import { percentageSchema } from '../../proto/notation/percentage.ts';

/** Streams that a client leaves in the middle, as people do who have read enough. */
export const leaveSchema = z.strictObject({
  after: z
    .strictObject({ chunks: z.int().min(1).describe('Messages with text.') })
    .describe('Where; a stream that ends before is not left.'),
  probability: percentageSchema
    .prefault('100%')
    .describe('Of how many streams; an independent draw for each.'),
});

/**
 * After how many messages with text the stream of a key is left; null where it is not.
 *
 * A draw of the seed and the key alone, like all that a stream's plan says.
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
