import { z } from 'zod';

import { durationSchema } from '../../proto/notation/duration.ts';
import type { Draw } from '../../proto/draws.ts';

const uniformSchema = z
  .strictObject({ min: durationSchema, max: durationSchema })
  .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] });

const normalSchema = z.strictObject({ mean: durationSchema, deviation: durationSchema });

/** The 99th percentile of the standard normal distribution. */
const z99 = 2.326_347_874_040_841;

/** Both forms are converted to the median and the standard deviation of the logarithm. */
const lognormalSchema = z.union(
  [
    z
      .strictObject({ median: durationSchema, p99: durationSchema })
      .refine(({ median }) => median > 0, { error: 'median must be above 0ms', path: ['median'] })
      .refine(({ median, p99 }) => median <= p99, {
        error: 'p99 must not be below the median',
        path: ['p99'],
      })
      .transform(({ median, p99 }) => ({ median, sigma: Math.log(p99 / median) / z99 })),
    z
      .strictObject({
        mean: durationSchema,
        /** The coefficient of variation: the standard deviation as a multiple of the mean. */
        variation: z.number().min(0).max(10),
      })
      .transform(({ mean, variation }) => ({
        median: mean / Math.hypot(1, variation),
        sigma: Math.sqrt(Math.log1p(variation ** 2)),
      })),
  ],
  { error: 'a lognormal timing is {median, p99} or {mean, variation}' },
);

/** The forms of a timing, for schemas that accept further forms. */
export const timingForms = [
  durationSchema.transform((constantMs) => ({ law: 'constant' as const, constantMs })),
  z
    .strictObject({ uniform: uniformSchema })
    .transform(({ uniform }) => ({ law: 'uniform' as const, ...uniform })),
  z
    .strictObject({ normal: normalSchema })
    .transform(({ normal }) => ({ law: 'normal' as const, ...normal })),
  z
    .strictObject({ lognormal: lognormalSchema })
    .transform(({ lognormal }) => ({ law: 'lognormal' as const, ...lognormal })),
] as const;

/** The forms of a timing, for error messages. */
export const timingWords =
  'a duration such as 20ms, or one of uniform: {min, max}, normal: {mean, deviation}, lognormal: {median, p99} or {mean, variation}';

/**
 * A duration in milliseconds: a constant, or one draw from a distribution.
 *
 * - `20ms`
 * - `uniform: {min: 10ms, max: 30ms}`
 * - `normal: {mean: 20ms, deviation: 5ms}`, cut off at 0
 * - `lognormal: {median: 20ms, p99: 80ms}`, or `{mean: 30ms, variation: 0.7}`: the shape of real models'
 *   latencies
 */
export const timingSchema = z.union(timingForms, { error: `write ${timingWords}` });

export type Timing = z.output<typeof timingSchema>;

/** Draws one duration in milliseconds, never negative. */
export function drawMs(timing: Timing, draw: Draw): number {
  switch (timing.law) {
    case 'constant':
      return timing.constantMs;
    case 'uniform':
      return timing.min + draw() * (timing.max - timing.min);
    case 'normal':
      return Math.max(0, timing.mean + timing.deviation * drawStandardNormal(draw));
    case 'lognormal':
      return timing.median * Math.exp(timing.sigma * drawStandardNormal(draw));
  }
}

/** The Box–Muller transform. Only one value of its pair is used, so that each draw takes two numbers. */
function drawStandardNormal(draw: Draw): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  return radius * Math.cos(2 * Math.PI * draw());
}
