import { z } from 'zod';

const unitsInMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

const notation = /^(\d+(?:\.\d+)?)(ms|s|m)$/;

/** The longest duration that a timer of the platform can wait, a little under 25 days. */
export const longestMs = 2 ** 31 - 1;

/**
 * A duration as people write it in a scenario file or on the command line: `300ms`, `2s`, `1.5m`.
 * Parses to milliseconds.
 */
export const durationSchema = z
  .string({ error: 'a duration is written with its unit, such as 300ms, 2s or 1m' })
  .regex(notation, {
    error: 'a duration is written with its unit, such as 300ms, 2s or 1m',
    abort: true,
  })
  .transform(parseDuration)
  .refine((ms) => ms <= longestMs, { error: 'a duration is at most 24 days', abort: true });

function parseDuration(text: string): number {
  const [, amount = '', unit = ''] = notation.exec(text) ?? [];
  return Number(amount) * (unitsInMs[unit] ?? Number.NaN);
}
