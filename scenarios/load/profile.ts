import { z } from 'zod';

/** A bearer token is one word of visible ASCII (RFC 6750); anything else could not be sent as it stands. */
const bearerToken = z
  .string()
  .regex(/^[\x21-\x7e]+$/, { error: 'a token has visible ASCII characters only, and no spaces' });

/** What every stream of the load asks for (specification A2). */
const requestSchema = z.strictObject({
  prompt: z
    .string()
    .min(1)
    .default('写一段500字的故事')
    .describe('The prompt; by default that of the specified benchmark (E1).'),
  model: z.string().min(1).default('gpt-4').describe('The model; by default that of E1.'),
  token: bearerToken
    .default('rehearsal')
    .describe('Sent as `Authorization: Bearer …`; the default is no secret.'),
});

/**
 * The load part of a scenario: a fixed number of slots, each of which runs one stream after
 * another (a closed load). Phases follow each other: ramp, warm-up, window, drain.
 */
export const loadSchema = z.strictObject({
  streams: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .describe('How many streams run at once: the number of slots.'),
  rampSec: z
    .number()
    .min(0)
    .max(3600)
    .default(2)
    .describe('Over how long the slots start, evenly spread; 0 starts all at once.'),
  warmUpSec: z
    .number()
    .min(0)
    .max(3600)
    .default(5)
    .describe('After the ramp: long enough for a whole stream of each slot.'),
  windowSec: z
    .number()
    .positive()
    .max(86_400)
    .default(20)
    .describe('After the warm-up: streams that start in it are judged.'),
  idleLimitSec: z
    .number()
    .positive()
    .max(3600)
    .default(30)
    .describe('A stream without text for so long has stalled; pings are not text.'),
  streamLimitSec: z
    .number()
    .positive()
    .max(3600)
    .default(120)
    .describe('How long a whole stream may take (C5); it bounds the drain as well.'),
  thinkMs: z
    .number()
    .min(0)
    .max(3_600_000)
    .default(0)
    .describe('Pause of a slot between the end of a stream and the start of its next.'),
  request: requestSchema.prefault({}),
});

export type LoadProfile = z.output<typeof loadSchema>;
