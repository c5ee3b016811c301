import { z } from 'zod';

/** Limits that rise from the target to the alarm. */
function rising(unit: string, why: string, defaults: { target: number; alarm: number }) {
  return z
    .strictObject({
      target: z.number().positive().default(defaults.target),
      alarm: z.number().positive().default(defaults.alarm),
    })
    .refine(({ target, alarm }) => target <= alarm, {
      path: ['alarm'],
      error: ({ input }) => `${words(input, unit)}: ${why}`,
    })
    .prefault({});
}

const lessIsBetter = 'less is better here, so the alarm may not be below the target';
const tooMany = 'more than the alarm are too many, so it may not be below the target';

const nearlyAll = { target: 0.99, alarm: 0.95 };

/** Limits of a share, which fall from the target to the alarm. */
function falling(defaults: { target: number; alarm: number }) {
  const share = z.number().min(0).max(1);
  return z
    .strictObject({
      target: share.default(defaults.target),
      alarm: share.default(defaults.alarm),
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
  const { target, alarm } = z.object({ target: z.number(), alarm: z.number() }).parse(limits);
  return `target ${target}${unit} with alarm ${alarm}${unit}`;
}

/**
 * What a run is judged by. Every part may be left out; the defaults are the numbers of the
 * specification (E3). Durations are milliseconds, shares are 0 to 1.
 */
export const targetsSchema = z
  .strictObject({
    firstChunkMs: rising(' ms', lessIsBetter, { target: 500, alarm: 1000 }).describe(
      'Time to first chunk, judged at its 95th percentile.',
    ),
    intervalMs: rising(' ms', lessIsBetter, { target: 100, alarm: 200 }).describe(
      'Interval between chunks, judged at the mean over streams of each stream’s mean.',
    ),
    connectionSuccess: falling(nearlyAll).describe(
      'Share of streams answered 2xx and text/event-stream.',
    ),
    streamSuccess: falling(nearlyAll).describe(
      'Share of streams that ran to their end without an error (E1).',
    ),
    concurrentStreams: rising(' streams', tooMany, { target: 1000, alarm: 1500 }).describe(
      'Streams open at once: as many as the target are to be supported, more than the alarm are too many.',
    ),
  })
  .prefault({});

export type Targets = z.infer<typeof targetsSchema>;
