import { z } from 'zod';

import type { Stretch } from './open-streams.ts';
import type { StreamSample } from '../sample.ts';

/** Arrivals of an open load in the window. */
export const arrivalsSchema = z.strictObject({
  law: z.enum(['poisson', 'constant', 'trace']),
  requestedPerSec: z.number().nonnegative().describe('Streams that were due.'),
  achievedPerSec: z.number().nonnegative().describe('Requests that were written.'),
  dropped: z
    .int()
    .nonnegative()
    .describe('Due, and not started: as many streams were open as there may be.'),
});

export type Arrivals = z.infer<typeof arrivalsSchema>;

/** Counts arrivals, requested and achieved, in the window; of a conversation, its first request. */
export function countArrivals(
  streams: readonly Pick<StreamSample, 'startAtMs' | 'startLagMs' | 'turn' | 'step'>[],
  window: Stretch,
  { law, droppedAtMs }: { law: Arrivals['law']; droppedAtMs: readonly number[] },
): Arrivals {
  const within = (atMs: number) => atMs >= window.startAtMs && atMs < window.endAtMs;
  const sec = (window.endAtMs - window.startAtMs) / 1000;
  const samples = streams.filter(({ turn = 1, step = 1 }) => turn === 1 && step === 1);
  const dropped = droppedAtMs.filter(within).length;
  const due = samples.filter(({ startAtMs }) => within(startAtMs)).length + dropped;
  const written = samples.filter(({ startAtMs, startLagMs }) => within(startAtMs + startLagMs));
  return {
    law,
    requestedPerSec: sec > 0 ? due / sec : 0,
    achievedPerSec: sec > 0 ? written.length / sec : 0,
    dropped,
  };
}
