import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { durationSchema } from '../../proto/notation/duration.ts';
import { loadContradictions } from './contradictions.ts';
import { leaveSchema } from './leave.ts';
import { readSlowlySchema } from './reading-speed.ts';
import { requestSchema } from './request.ts';

/** A part of a load that has to take some time. */
const someTime = durationSchema.refine((ms) => ms > 0, { error: 'must be longer than 0ms' });

/** How many streams of a load may be open at once. */
export const mostAtOnce = 10_000;

/** Streams that come whatever becomes of those before them (an open load). */
const arrivalsSchema = z.strictObject({
  perSecond: z
    .number()
    .positive()
    .max(mostAtOnce)
    .optional()
    .describe('How many streams start a second; with `stages`, these say it.'),
  law: z
    .enum(['poisson', 'constant'])
    .default('poisson')
    .describe('As people come, each for himself (seeded); or evenly apart.'),
});

const stageSchema = z
  .strictObject({
    over: durationSchema.describe('How long it takes to get there, evenly.'),
    to: z
      .number()
      .min(0)
      .max(mostAtOnce)
      .describe('Streams at once; with `arrivals`, arrivals a second.'),
  })
  .transform(({ over, to }) => ({ overMs: over, to }));

/** Longer than any load, and within what a timer can wait: a number of streams has no time. */
const endlessMs = 1_000_000_000;

const defaults = { streams: 10, ramp: 2000, warmUp: 5000, window: 20_000 };

/**
 * The load part of a scenario: a number of slots, each of which runs one stream after another (a
 * closed load), or arrivals (an open one). Phases follow each other: ramp, warm-up, window, drain.
 * Parsed, every duration is in milliseconds.
 */
export const loadSchema = z
  .strictObject({
    streams: z
      .int()
      .min(1)
      .max(mostAtOnce)
      .optional()
      .describe('How many streams run at once, the number of slots; 10 where nothing is said.'),
    arrivals: arrivalsSchema
      .optional()
      .describe('In place of `streams`: new streams at a rate, however many are open.'),
    stages: z
      .array(stageSchema)
      .default([])
      .describe(
        'In place of `ramp`, `warmUp` and `window`: from one height to the next; all of it is judged.',
      ),
    total: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .describe('In place of `warmUp` and `window`: so many streams in all, each of them judged.'),
    ramp: durationSchema
      .optional()
      .describe('Over how long the slots start, evenly spread, or the rate rises; 2s by default.'),
    warmUp: durationSchema
      .optional()
      .describe('After the ramp: long enough for a whole stream of each slot; 5s by default.'),
    window: someTime
      .optional()
      .describe('After the warm-up: streams that start in it are judged; 20s by default.'),
    idleLimit: someTime
      .prefault('30s')
      .describe('A stream without text for so long has stalled; pings are not text.'),
    streamLimit: someTime
      .prefault('2m')
      .describe('How long a whole stream may take (C5); it bounds the drain as well.'),
    think: durationSchema
      .prefault('0s')
      .describe('Pause of a slot between the end of a stream and the start of its next.'),
    leave: leaveSchema
      .optional()
      .describe('Streams that the client leaves in the middle, on purpose: no failure.'),
    readSlowly: readSlowlySchema
      .optional()
      .describe('Streams that the client reads slowly, on purpose: their times are not judged.'),
    request: requestSchema.prefault({}),
  })
  .superRefine((load, { issues }) => {
    for (const { path, message } of loadContradictions(load)) {
      issues.push({ code: 'custom', input: load, path, message });
    }
  }, besideProblems)
  .transform(
    ({ streams, stages, ramp, warmUp, window, idleLimit, streamLimit, think, ...others }) => ({
      /** Of a closed load: the most at once. */
      streams:
        Math.ceil(Math.max(0, ...stages.map(({ to }) => to))) || (streams ?? defaults.streams),
      stages,
      rampMs: stages.length > 0 ? 0 : (ramp ?? defaults.ramp),
      warmUpMs: stages.length > 0 || others.total !== undefined ? 0 : (warmUp ?? defaults.warmUp),
      windowMs:
        stages.length > 0
          ? stages.reduce((sum, { overMs }) => sum + overMs, 0)
          : (window ?? (others.total === undefined ? defaults.window : endlessMs)),
      idleLimitMs: idleLimit,
      streamLimitMs: streamLimit,
      thinkMs: think,
      ...others,
    }),
  );

export type LoadProfile = z.output<typeof loadSchema>;
