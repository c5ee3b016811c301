import { z } from 'zod';

import { durationSchema } from '../../proto/duration.ts';
import { requestSchema } from './request.ts';

/** A part of a load that has to take some time. */
const someTime = durationSchema.refine((ms) => ms > 0, { error: 'must be longer than 0ms' });

/**
 * The load part of a scenario: a fixed number of slots, each of which runs one stream after
 * another (a closed load). Phases follow each other: ramp, warm-up, window, drain. Parsed, every
 * duration is in milliseconds.
 */
export const loadSchema = z
  .strictObject({
    streams: z
      .int()
      .min(1)
      .max(10_000)
      .default(10)
      .describe('How many streams run at once: the number of slots.'),
    ramp: durationSchema
      .prefault('2s')
      .describe('Over how long the slots start, evenly spread; 0s starts all at once.'),
    warmUp: durationSchema
      .prefault('5s')
      .describe('After the ramp: long enough for a whole stream of each slot.'),
    window: someTime
      .prefault('20s')
      .describe('After the warm-up: streams that start in it are judged.'),
    idleLimit: someTime
      .prefault('30s')
      .describe('A stream without text for so long has stalled; pings are not text.'),
    streamLimit: someTime
      .prefault('2m')
      .describe('How long a whole stream may take (C5); it bounds the drain as well.'),
    think: durationSchema
      .prefault('0s')
      .describe('Pause of a slot between the end of a stream and the start of its next.'),
    request: requestSchema.prefault({}),
  })
  .transform(({ ramp, warmUp, window, idleLimit, streamLimit, think, ...others }) => ({
    rampMs: ramp,
    warmUpMs: warmUp,
    windowMs: window,
    idleLimitMs: idleLimit,
    streamLimitMs: streamLimit,
    thinkMs: think,
    ...others,
  }));

export type LoadProfile = z.output<typeof loadSchema>;
