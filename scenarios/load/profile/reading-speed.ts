import { z } from 'zod';

import { drawsFor } from '../../../proto/draws.ts';
import { percentageSchema } from '../../../proto/notation/percentage.ts';

/** Streams that the client reads slowly, as over a slow network. */
export const readSlowlySchema = z.strictObject({
  bytesPerSec: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .describe('Of the body; faster data waits in the network, then in the server.'),
  probability: percentageSchema
    .prefault('100%')
    .describe('The share of streams, with an independent draw for each.'),
});

/**
 * Returns how fast the client reads the stream of a key, in bytes per second; null without a limit.
 * Seed and key alone decide, as for a stream's plan.
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
