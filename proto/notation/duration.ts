import { z } from 'zod';

import {
  durationMistakes,
  durationNotation,
  longestMs,
  parseDuration,
} from './duration-notation.ts';

/**
 * A duration in a scenario file or on the command line: `300ms`, `2s`, `1.5m`, `0`. Parses to milliseconds.
 */
export const durationSchema = z
  .union(
    [
      z
        .string({ error: durationMistakes.notation })
        .regex(durationNotation, { error: durationMistakes.notation, abort: true })
        // Placed before the transform, so that the example describes the input.
        .meta({ examples: ['2s'] })
        .transform(parseDuration),
      z.literal(0),
    ],
    { error: durationMistakes.notation },
  )
  .refine((ms) => ms <= longestMs, { error: durationMistakes.tooLong, abort: true });
