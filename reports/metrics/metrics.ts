import { z } from 'zod';

import { distributionSchema, summarize, summarizeInPlace } from '../statistics/distribution.ts';
import { driftSchema, measureDrift } from './drift.ts';
import { computeGoodput, goodputSchema, type TimeTargets } from './goodput.ts';
import { hopsSchema, summarizeHops } from './hops.ts';
import { meanOpen, openStretches, peakOpen, type Stretch } from './open-streams.ts';
import { isConnected, outcomes, type JudgedSample, type Outcome } from '../sample.ts';
import { countReconnects, reconnectsSchema } from './reconnects.ts';
import { countStalls, stallsSchema } from './stalls.ts';
import { poolTimes } from './stream-times.ts';
import type { Targets } from '../targets.ts';

const count = z.int().nonnegative();
const ratio = z.number().min(0).max(1).nullable();

/** The figures of a run; null where there was nothing to measure. */
export const metricsSchema = z.strictObject({
  streams: z.strictObject({
    total: count.describe('Streams of all phases.'),
    started: count.describe('Streams that started in the window: judged and censored together.'),
    judged: count.describe('Streams of the window that every other metric is about.'),
    censored: count.describe('Streams of the window that the load client itself ended.'),
  }),
  outcomes: z
    .record(z.enum(outcomes), count)
    .describe('How the streams of the window ended, censored ones too.'),
  firstChunkMs: distributionSchema
    .nullable()
    .describe('From the start of a stream to its first message with text.'),
  firstReasoningMs: distributionSchema
    .nullable()
    .default(null)
    .describe('From the start of a stream to its first reasoning; null where there is none.'),
  intervalMs: distributionSchema
    .nullable()
    .describe('One mean interval per stream, (last - first) / (n - 1); its mean is judged.'),
  gapMs: distributionSchema.nullable().describe('Every single gap between two chunks, pooled.'),
  durationMs: distributionSchema.nullable().describe('From start to end, whatever the outcome.'),
  connectionSuccess: ratio.describe(
    'Share of streams answered 2xx and text/event-stream (E2), or with the upgrade to WebSocket.',
  ),
  streamSuccess: ratio.describe(
    'Share of streams, but those left on purpose, that ran to their end (E1).',
  ),
  peakConcurrency: count.describe('Most streams open at once, over the whole load.'),
  meanConcurrency: z.number().nonnegative().describe('Streams open on average in the window.'),
  messagesPerSec: z
    .number()
    .nonnegative()
    .describe('Messages with text that arrived in the window, of all streams, per second.'),
  bytesPerSec: z
    .number()
    .nonnegative()
    .describe('Bytes of bodies that came with those messages, per second.'),
  goodput: goodputSchema,
  stalls: stallsSchema,
  reconnects: reconnectsSchema
    .nullable()
    .default(null)
    .describe('Of judged streams; null for a load that resumes none.'),
  startLagMs: distributionSchema
    .nullable()
    .describe('How late the load client started the streams of the window.'),
  latenessMs: distributionSchema
    .nullable()
    .describe('How late chunks arrived against the plan; null where there is no plan.'),
  drift: driftSchema,
  latenessByHop: hopsSchema
    .nullable()
    .describe('The same, split by who was late; null where not both sides are ours.'),
  textMismatches: count
    .nullable()
    .describe('Completed streams whose text was not the planned one; null where there is no plan.'),
});

export type Metrics = z.infer<typeof metricsSchema>;

/**
 * Computes a run's metrics from its samples, in any order.
 *
 * It judges the streams that started in the window (`phase` 'window') and were not censored, which says
 * how the run ended rather than how the server did. Streams that the client read slowly on purpose count
 * by their outcome only: their times are the client's.
 *
 * @param window when the window was, in milliseconds from the start of the load
 */
export function computeMetrics(
  samples: readonly JudgedSample[],
  window: Stretch,
  targets: TimeTargets & Pick<Targets, 'contentTypeParameters'>,
): Metrics {
  const started = samples.filter((sample) => sample.phase === 'window');
  const judged = started.filter((sample) => sample.outcome !== 'censored');
  const timed = judged.filter(isTimed);
  const times = poolTimes(timed);
  const open = openStretches(samples);
  return {
    streams: {
      total: samples.length,
      started: started.length,
      judged: judged.length,
      censored: started.length - judged.length,
    },
    outcomes: countOutcomes(started),
    firstChunkMs: summarize(times.firstChunkMs),
    firstReasoningMs: summarize(timed.flatMap((sample) => sample.firstReasoningMs ?? [])),
    intervalMs: summarize(times.intervalMs),
    gapMs: summarizeInPlace(times.gapMs),
    durationMs: summarize(timed.map((sample) => sample.durationMs)),
    connectionSuccess: share(judged, (sample) =>
      isConnected(sample, targets.contentTypeParameters),
    ),
    streamSuccess: share(
      judged.filter(({ outcome }) => outcome !== 'left'),
      (sample) => sample.outcome === 'completed',
    ),
    peakConcurrency: peakOpen(open),
    meanConcurrency: meanOpen(open, window),
    ...ratesIn(window, samples),
    goodput: computeGoodput(judged, targets, window.endAtMs - window.startAtMs),
    stalls: countStalls(timed, targets.intervalMs),
    reconnects: countReconnects(judged),
    startLagMs: summarize(started.map((sample) => sample.startLagMs)),
    latenessMs: summarize(poolLateness(timed)),
    drift: measureDrift(timed, window),
    latenessByHop: summarizeHops(timed),
    textMismatches: countMismatches(judged),
  };
}

/** Whether the times of a stream are the server's. */
export function isTimed({ readSlowly }: Pick<JudgedSample, 'readSlowly'>): boolean {
  return !readSlowly;
}

/** The pooled lateness of the chunks of planned streams. */
export function poolLateness(samples: readonly JudgedSample[]): number[] {
  return samples.flatMap((sample) => sample.planned?.latenessMs ?? []);
}

function countOutcomes(samples: readonly JudgedSample[]): Record<Outcome, number> {
  const counts: Record<Outcome, number> = {
    completed: 0,
    failed: 0,
    cut: 0,
    reset: 0,
    stalled: 0,
    'timed-out': 0,
    refused: 0,
    rejected: 0,
    malformed: 0,
    left: 0,
    censored: 0,
  };
  for (const { outcome } of samples) counts[outcome] += 1;
  return counts;
}

function share<T>(all: readonly T[], wanted: (one: T) => boolean): number | null {
  return all.length === 0 ? null : all.filter(wanted).length / all.length;
}

function ratesIn(
  window: Stretch,
  samples: readonly JudgedSample[],
): Pick<Metrics, 'messagesPerSec' | 'bytesPerSec'> {
  const lengthMs = window.endAtMs - window.startAtMs;
  if (lengthMs <= 0) return { messagesPerSec: 0, bytesPerSec: 0 };
  let messages = 0;
  let bytes = 0;
  for (const { startAtMs, arrivals } of samples) {
    let before = 0;
    for (const arrival of arrivals) {
      const atMs = startAtMs + arrival.atMs;
      if (atMs >= window.startAtMs && atMs < window.endAtMs) {
        messages += 1;
        bytes += arrival.bytes - before;
      }
      before = arrival.bytes;
    }
  }
  return {
    messagesPerSec: (messages * 1000) / lengthMs,
    bytesPerSec: (bytes * 1000) / lengthMs,
  };
}

/** Counts completed streams only: the outcome of others explains missing text. */
function countMismatches(samples: readonly JudgedSample[]): number | null {
  const planned = samples
    .filter((sample) => sample.outcome === 'completed')
    .flatMap((sample) => sample.planned ?? []);
  return planned.length === 0 ? null : planned.filter((plan) => !plan.textMatches).length;
}
