import { z } from 'zod';

import {
  durationMistakes,
  durationNotation,
  longestMs,
  parseDuration,
} from './duration-notation.ts';

/**
 * A duration as people write it in a scenario file or on the command line: `300ms`, `2s`, `1.5m`.
 * Parses to milliseconds.
 */
export const durationSchema = z
  .string({ error: durationMistakes.notation })
  .regex(durationNotation, { error: durationMistakes.notation, abort: true })
  // Of the text: a schema that transforms has no examples of what it reads.
  .meta({ examples: ['2s'] })
  .transform(parseDuration)
  .refine((ms) => ms <= longestMs, { error: durationMistakes.tooLong, abort: true });
