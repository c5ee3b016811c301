import { z } from 'zod';

import { aboutOtherKeys, besideProblems } from '../../../proto/problems/beside-problems.ts';
import { durationSchema } from '../../../proto/notation/duration.ts';
import { conversationSchema } from './conversation.ts';
import { loadContradictions } from './contradictions.ts';
import { leaveSchema } from './leave.ts';
import { readSlowlySchema } from './reading-speed.ts';
import { requestSchema } from '../request.ts';
import type { Traffic } from './traffic.ts';

/** A duration above zero. */
const positiveDuration = durationSchema.refine((ms) => ms > 0, {
  error: 'must be longer than 0ms',
});

/** The maximum of open streams of a load, and of arrivals per second. */
export const mostAtOnce = 1_000_000;

/** The maximum of either in one process; a larger load runs in shards. */
export const mostPerProcess = 10_000;

/** An open load: streams start at a rate, whatever the state of earlier ones. */
const arrivalsSchema = z.strictObject({
  perSecond: z
    .number()
    .positive()
    .max(mostAtOnce)
    .optional()
    .describe('How many streams start per second; with `stages`, these set it.'),
  law: z
    .enum(['poisson', 'constant'])
    .optional()
    .meta({ default: 'poisson' })
    .describe('`poisson`: as independent people arrive, by the seed; `constant`: evenly spaced.'),
  trace: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Instead of `perSecond`: a file of recorded requests (JSONL) in the scenario's folder or below.",
    ),
});

const stageSchema = z
  .strictObject({
    over: durationSchema.describe('How long the linear change takes.'),
    to: z
      .number()
      .min(0)
      .max(mostAtOnce)
      .describe('Concurrent streams at its end; with `arrivals`, arrivals per second.'),
  })
  .transform(({ over, to }) => ({ overMs: over, to }));

/** The window of a load with `total`: longer than any load, and short enough for a timer. */
const endlessMs = 1_000_000_000;

const defaults = { streams: 10, ramp: 2000, warmUp: 5000, window: 20_000 };

/**
 * The load of a scenario: slots that each run one stream after another (a closed load), or arrivals (an
 * open load). Its phases are ramp, warm-up, window and drain. Parsed durations are in milliseconds.
 */
export const loadSchema = z
  .strictObject({
    streams: z
      .int()
      .min(1)
      .max(mostAtOnce)
      .optional()
      .describe(`Concurrent streams: the number of slots; ${defaults.streams} by default.`),
    arrivals: arrivalsSchema
      .optional()
      .describe(
        'Instead of `streams`: starts streams at a rate (`perSecond`, `law`) or as recorded (`trace`), however many are open.',
      ),
    stages: z
      .array(stageSchema)
      .default([])
      .describe(
        'Instead of `ramp`, `warmUp` and `window`: linear changes of the load; all streams are judged.',
      ),
    total: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe(
        'Instead of `warmUp` and `window`: the number of streams. All are judged, and their keys are the same in every run.',
      ),
    ramp: durationSchema
      .optional()
      .describe(
        `How long the slots take to start, evenly spread, or the rate to rise; ${defaults.ramp / 1000}s by default.`,
      ),
    warmUp: durationSchema
      .optional()
      .describe(
        `After the ramp, not judged: long enough for one stream per slot; ${defaults.warmUp / 1000}s by default.`,
      ),
    window: positiveDuration
      .optional()
      .describe(
        `After the warm-up; streams that start in it are judged; ${defaults.window / 1000}s by default.`,
      ),
    idleLimit: positiveDuration
      .prefault('30s')
      .describe('A stream without text for this long has stalled; pings are not text.'),
    streamLimit: positiveDuration
      .prefault('2m')
      .describe('The time limit of a stream (C5); it also bounds the drain.'),
    think: durationSchema.prefault('0s').describe('The pause of a slot between two streams.'),
    leave: leaveSchema
      .optional()
      .describe('Streams that the client aborts on purpose, which is not a failure.'),
    readSlowly: readSlowlySchema
      .optional()
      .describe('Streams that the client reads slowly on purpose; their times are not judged.'),
    request: requestSchema.prefault({}),
    conversation: conversationSchema
      .optional()
      .describe(
        'Instead of a single request: a conversation in a dialect, each of its requests a stream. `streams`, `arrivals` and `total` then count conversations.',
      ),
  })
  .superRefine((load, { issues }) => {
    const invalid = new Set(issues.map(({ path = [] }) => path.join('.')));
    for (const { path, message } of loadContradictions(load)) {
      if (invalid.has(path.join('.'))) continue;
      issues.push({ code: 'custom', input: load, path, message, params: aboutOtherKeys });
    }
  }, besideProblems)
  .transform(
    ({
      streams,
      arrivals,
      stages,
      ramp,
      warmUp,
      window,
      idleLimit,
      streamLimit,
      think,
      request,
      ...others
    }) => ({
      /** The maximum of concurrent streams of a closed load. */
      streams:
        Math.ceil(Math.max(0, ...stages.map(({ to }) => to))) || (streams ?? defaults.streams),
      arrivals: arrivals && lawOf(arrivals),
      stages,
      rampMs: stages.length > 0 || hasTrace(arrivals) ? 0 : (ramp ?? defaults.ramp),
      warmUpMs:
        stages.length > 0 || others.total !== undefined || hasTrace(arrivals)
          ? 0
          : (warmUp ?? defaults.warmUp),
      windowMs:
        stages.length > 0
          ? stages.reduce((sum, { overMs }) => sum + overMs, 0)
          : (window ?? (others.total === undefined ? defaults.window : endlessMs)),
      idleLimitMs: idleLimit,
      streamLimitMs: streamLimit,
      thinkMs: think,
      request: { ...request, prompt: others.conversation?.turns[0] ?? request.prompt },
      ...others,
    }),
  );

/** How the due times of arrivals are found; those of a trace are recorded. */
export type Law = 'poisson' | 'constant' | 'trace';

type WrittenArrivals = z.output<typeof arrivalsSchema>;

function lawOf({ perSecond, law = 'poisson', trace }: WrittenArrivals): {
  perSecond: number | undefined;
  law: Law;
  trace: Traffic | undefined;
} {
  return trace === undefined
    ? { perSecond, law, trace }
    : { perSecond, law: 'trace', trace: { file: trace } };
}

function hasTrace(arrivals: WrittenArrivals | undefined): boolean {
  return arrivals?.trace !== undefined;
}

/** Returns a load with its traffic trace, whose length is the window. */
export function withTraffic(
  profile: LoadProfile,
  traffic: Extract<Traffic, { sha256: string }>,
): LoadProfile {
  const lastMs = traffic.given.at(-1)?.dueAtMs ?? 0;
  const arrivals = { perSecond: undefined, law: 'trace' as const, trace: traffic };
  return { ...profile, arrivals, windowMs: lastMs + 1 };
}

export type LoadProfile = z.output<typeof loadSchema>;
