import { z } from 'zod';

import { durationSchema } from '../proto/duration.ts';
import type { Draw } from './draws.ts';

const uniformSchema = z
  .strictObject({ min: durationSchema, max: durationSchema })
  .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] });

const normalSchema = z.strictObject({ mean: durationSchema, deviation: durationSchema });

const lognormalSchema = z
  .strictObject({ median: durationSchema, p99: durationSchema })
  .refine(({ median }) => median > 0, { error: 'median must be above 0ms', path: ['median'] })
  .refine(({ median, p99 }) => median <= p99, {
    error: 'p99 must not be below the median',
    path: ['p99'],
  });

/**
 * How long something takes, in milliseconds: a constant, or one draw of a distribution.
 *
 * - `20ms`
 * - `uniform: {min: 10ms, max: 30ms}`
 * - `normal: {mean: 20ms, deviation: 5ms}`, cut off at 0
 * - `lognormal: {median: 20ms, p99: 80ms}`: what latencies of real models look like
 */
export const timingSchema = z.union(
  [
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
  ],
  {
    error:
      'write a duration such as 20ms, or one of uniform: {min, max}, normal: {mean, deviation}, lognormal: {median, p99}',
  },
);

export type Timing = z.output<typeof timingSchema>;

/** The 99th percentile of the standard normal distribution. */
const z99 = 2.326_347_874_040_841;

/** One duration of this timing, in milliseconds, never negative. */
export function drawMs(timing: Timing, draw: Draw): number {
  switch (timing.law) {
    case 'constant':
      return timing.constantMs;
    case 'uniform':
      return timing.min + draw() * (timing.max - timing.min);
    case 'normal':
      return Math.max(0, timing.mean + timing.deviation * drawStandardNormal(draw));
    case 'lognormal': {
      const sigma = Math.log(timing.p99 / timing.median) / z99;
      return timing.median * Math.exp(sigma * drawStandardNormal(draw));
    }
  }
}

/** Box and Muller's transform; of its pair only one is used, so that every draw costs the same two numbers. */
function drawStandardNormal(draw: Draw): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  return radius * Math.cos(2 * Math.PI * draw());
}
