import { z } from 'zod';

import { percentageSchema } from '../../proto/notation/percentage.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { atSpeed } from './speed.ts';

/**
 * How streams slow down as the agent gets busy. This makes streams depend on each other, so a scenario has
 * to ask for it.
 */
export const slowingSchema = z.strictObject({
  /** Up to this many streams in flight keep their planned pace. */
  above: z.int().min(0).max(1_000_000),
  /** The share of its planned time that a new stream takes longer, per further stream in flight. */
  perStream: percentageSchema,
});

export type Slowing = z.output<typeof slowingSchema>;

/**
 * Returns the stream as an agent with `inFlight` streams sends it, this one included.
 *
 * The slowdown is decided once, at the start of the stream, so its deadlines stay absolute.
 */
export function slowedDown(
  stream: PlannedStream,
  slowing: Slowing | undefined,
  inFlight: number,
): PlannedStream {
  if (slowing === undefined || inFlight <= slowing.above) return stream;
  return atSpeed(stream, 1 / (1 + slowing.perStream * (inFlight - slowing.above)));
}
