import { z } from 'zod';

const notation = /^(\d+(?:\.\d+)?)%$/;

/** A percentage in a scenario file: `99%`, `0.5%`. Parses to a number from 0 to 1. */
export const percentageSchema = z
  .string({ error: 'a share is written in per cent, such as 99% or 0.5%' })
  .regex(notation, { error: 'a share is written in per cent, such as 99% or 0.5%', abort: true })
  // Rounds away the digits of binary division: 99.9% is 0.999.
  .transform((text) => Number((Number(notation.exec(text)?.[1]) / 100).toPrecision(12)))
  .refine((share) => share <= 1, { error: 'a share is at most 100%', abort: true });
