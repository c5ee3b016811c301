import { z } from 'zod';

import { outcomes, type JudgedSample } from './sample.ts';

/** One stream in full, to be looked at. */
export const sampleStreamSchema = z.strictObject({
  key: z.string(),
  outcome: z.enum(outcomes),
  startAtMs: z.number().describe('From the start of the load.'),
  durationMs: z.number().nonnegative(),
  arrivals: z.array(
    z.strictObject({
      atMs: z.number().describe('From the start of the stream.'),
      chars: z.int().nonnegative().describe('Code points received up to and with this message.'),
      latenessMs: z.number().nullable().describe('Against the plan; null where there is none.'),
    }),
  ),
  plannedMs: z
    .array(z.number())
    .nullable()
    .describe('When the plan has the agent’s chunks leave, from the start of the stream.'),
});

export type SampleStream = z.infer<typeof sampleStreamSchema>;

/** When the chunks of a stream were planned to leave the agent, from the stream's start; null where there is no plan. */
export type PlannedTimes = (sample: JudgedSample) => number[] | null;

const most = 12;

/**
 * Picks up to twelve streams of the window, evenly spread over it by their starts.
 * The same samples give the same streams, whatever order they come in.
 */
export function pickSampleStreams(
  samples: readonly JudgedSample[],
  plannedMs: PlannedTimes = () => null,
): SampleStream[] {
  const started = samples
    .filter((sample) => sample.phase === 'window')
    .sort((a, b) => a.startAtMs - b.startAtMs || a.slot - b.slot);
  const count = Math.min(most, started.length);
  return Array.from({ length: count }, (_, index) =>
    started.at(Math.floor(((index + 0.5) * started.length) / count)),
  )
    .filter((sample) => sample !== undefined)
    .map((sample) => ({
      key: sample.key,
      outcome: sample.outcome,
      startAtMs: sample.startAtMs,
      durationMs: sample.durationMs,
      arrivals: sample.arrivals.map(({ atMs, chars }, index) => ({
        atMs,
        chars,
        latenessMs: sample.planned?.latenessMs[index] ?? null,
      })),
      plannedMs: plannedMs(sample),
    }));
}
