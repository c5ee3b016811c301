import { z } from 'zod';

import { percentageSchema } from '../../proto/notation/percentage.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { atSpeed } from './speed.ts';

/**
 * How streams slow down as the agent gets busy. It gives up that a stream depends on no other, so it
 * is never on unless a scenario asks for it.
 */
export const slowingSchema = z.strictObject({
  /** So many streams in flight go at their planned pace. */
  above: z.int().min(0).max(1_000_000),
  /** By how much of its planned time each stream beyond that stretches one that starts. */
  perStream: percentageSchema,
});

export type Slowing = z.output<typeof slowingSchema>;

/**
 * The stream as an agent with so many in flight sends it, this one included.
 *
 * Decided once, when the stream starts: its deadlines stay absolute, whatever starts or ends after it.
 */
export function slowedDown(
  stream: PlannedStream,
  slowing: Slowing | undefined,
  inFlight: number,
): PlannedStream {
  if (slowing === undefined || inFlight <= slowing.above) return stream;
  return atSpeed(stream, 1 / (1 + slowing.perStream * (inFlight - slowing.above)));
}
