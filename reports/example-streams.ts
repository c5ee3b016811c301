import { z } from 'zod';

import { outcomes, type JudgedSample } from './sample.ts';

/** One stream in full, as an example. */
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

/** The planned send times of a stream's chunks, in milliseconds from its start; null without a plan. */
export type PlannedTimes = (sample: JudgedSample) => number[] | null;

const most = 12;

/** The most examples of outcomes other than completed, one each. */
const mostOthers = 5;

/**
 * Picks up to twelve streams of the window: the first of each outcome other than completed, and
 * others evenly spread over the window by their starts, all in the order of their starts.
 * The same samples give the same streams, in any order.
 */
export function pickSampleStreams(
  samples: readonly JudgedSample[],
  plannedMs: PlannedTimes = () => null,
): SampleStream[] {
  const started = samples
    .filter((sample) => sample.phase === 'window')
    .sort((a, b) => a.startAtMs - b.startAtMs || a.slot - b.slot);
  const others = outcomes
    .filter((outcome) => outcome !== 'completed')
    .flatMap((outcome) => started.find((sample) => sample.outcome === outcome) ?? [])
    .slice(0, mostOthers);
  const rest = started.filter((sample) => !others.includes(sample));
  const count = Math.min(most - others.length, rest.length);
  const spread = Array.from({ length: count }, (_, index) =>
    rest.at(Math.floor(((index + 0.5) * rest.length) / count)),
  ).filter((sample) => sample !== undefined);
  return [...others, ...spread]
    .sort((a, b) => a.startAtMs - b.startAtMs || a.slot - b.slot)
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
