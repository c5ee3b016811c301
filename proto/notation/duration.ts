import { z } from 'zod';

import {
  durationMistakes,
  durationNotation,
  longestMs,
  parseDuration,
} from './duration-notation.ts';

/**
 * A duration in a scenario file or on the command line: `300ms`, `2s`, `1.5m`. Parses to milliseconds.
 */
export const durationSchema = z
  .string({ error: durationMistakes.notation })
  .regex(durationNotation, { error: durationMistakes.notation, abort: true })
  // Placed before the transform, so that the example describes the input.
  .meta({ examples: ['2s'] })
  .transform(parseDuration)
  .refine((ms) => ms <= longestMs, { error: durationMistakes.tooLong, abort: true });
