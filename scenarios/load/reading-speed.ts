import { z } from 'zod';

import { drawsFor } from '../../proto/draws.ts';
import { percentageSchema } from '../../proto/notation/percentage.ts';

/** Streams that a client reads no faster than this, as people on a bad line do. */
export const readSlowlySchema = z.strictObject({
  bytesPerSec: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .describe('Of the body; what comes faster waits in the network, and then in the server.'),
  probability: percentageSchema
    .prefault('100%')
    .describe('Of how many streams; an independent draw for each.'),
});

/**
 * How fast the stream of a key is read, in bytes a second; null where it is read as it comes.
 *
 * A draw of the seed and the key alone, like all that a stream's plan says.
 */
export function readingSpeed(
  readSlowly: z.output<typeof readSlowlySchema> | undefined,
  seed: number,
  key: string,
): number | null {
  if (readSlowly === undefined) return null;
  const drawn = drawsFor({ seed, scenario: '', key })('readSlowly')();
  return drawn < readSlowly.probability ? readSlowly.bytesPerSec : null;
}
