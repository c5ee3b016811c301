import { z } from 'zod';

import { durationSchema } from '../proto/notation/duration.ts';
import { percentageSchema } from '../proto/notation/percentage.ts';
import { specifiedTargets, type Limits } from '../proto/targets.ts';

const limitsSchema = z.strictObject({ target: z.number(), alarm: z.number() });

/** What a run was judged by, as `report.json` has it: durations in milliseconds, shares from 0 to 1. */
export const judgedTargetsSchema = z.strictObject({
  firstChunkMs: limitsSchema.describe('Time to first chunk, judged at its 95th percentile.'),
  intervalMs: limitsSchema.describe(
    'Interval between chunks, judged at the mean over streams of each stream’s mean.',
  ),
  connectionSuccess: limitsSchema.describe('Share of streams answered 2xx and text/event-stream.'),
  streamSuccess: limitsSchema.describe(
    'Share of streams that ran to their end without an error (E1).',
  ),
  contentTypeParameters: z
    .boolean()
    .default(false)
    .describe('Whether text/event-stream may have parameters, such as charset=utf-8.'),
  concurrentStreams: limitsSchema.describe(
    'Streams open at once: as many as the target are to be supported, more than the alarm are too many.',
  ),
});

export type Targets = z.infer<typeof judgedTargetsSchema>;

/** Limits that rise from the target to the alarm. */
function rising<T extends z.ZodType<number>>(
  limit: T,
  unit: string,
  why: string,
  defaults: { target: z.input<T>; alarm: z.input<T> },
) {
  return z
    .strictObject({
      target: limit.prefault(defaults.target),
      alarm: limit.prefault(defaults.alarm),
    })
    .refine(({ target, alarm }: Limits) => target <= alarm, {
      path: ['alarm'],
      error: ({ input }) => `${words(input, unit)}: ${why}`,
    })
    .prefault({});
}

const lessIsBetter = 'less is better here, so the alarm may not be below the target';
const tooMany = 'more than the alarm are too many, so it may not be below the target';

/** Limits of a share, which fall from the target to the alarm. */
function falling(defaults: { target: string; alarm: string }) {
  return z
    .strictObject({
      target: percentageSchema.prefault(defaults.target),
      alarm: percentageSchema.prefault(defaults.alarm),
    })
    .refine(({ target, alarm }) => target >= alarm, {
      path: ['alarm'],
      error: ({ input }) =>
        `${words(input, '')}: more is better here, so the alarm may not be above the target`,
    })
    .prefault({});
}

// Both limits are named even where only one was written: the other is a default the writer may not know.
function words(limits: unknown, unit: string): string {
  const { target, alarm } = limitsSchema.parse(limits);
  return `target ${target}${unit} with alarm ${alarm}${unit}`;
}

const { firstChunk, interval, connectionSuccess, concurrentStreams } = specifiedTargets;

/**
 * What a scenario wants to be judged by. Every part may be left out; the defaults are the numbers of
 * the specification (E3).
 */
export const targetsSchema = z
  .strictObject({
    firstChunk: rising(durationSchema, ' ms', lessIsBetter, firstChunk),
    interval: rising(durationSchema, ' ms', lessIsBetter, interval),
    connectionSuccess: falling(connectionSuccess),
    // The specification has no number of its own for it.
    streamSuccess: falling(connectionSuccess),
    contentTypeParameters: z
      .boolean()
      .default(false)
      .describe(
        'Whether a stream of `text/event-stream; charset=utf-8` counts as connected. The specification wants exactly `text/event-stream` (B1, E2).',
      ),
    concurrentStreams: rising(z.int().positive(), ' streams', tooMany, concurrentStreams),
  })
  .transform(({ firstChunk, interval, ...others }): Targets => ({
    firstChunkMs: firstChunk,
    intervalMs: interval,
    ...others,
  }))
  .prefault({});
