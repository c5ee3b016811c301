import { z } from 'zod';

import { drawInteger, type Draw } from '../../proto/draws.ts';
import { drawMs, timingForms, timingSchema, timingWords } from './timing.ts';

const burstsSchema = z.strictObject({
  /** How many tokens come in one go, drawn evenly. */
  tokens: z
    .strictObject({ min: z.int().min(1), max: z.int().max(100_000) })
    .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] }),
  /** From each token of a burst to the next. */
  within: timingSchema,
  /** From the last token of a burst to the first of the next. */
  pause: timingSchema,
});

/**
 * From each token to the next: a timing, or a form that only a sequence can have.
 *
 * - `tokensPerSecond: 50`, an even pace
 * - `bursts: {tokens: {min: 5, max: 15}, within: 5ms, pause: 300ms}`: text in gusts
 */
export const interTokenSchema = z.union(
  [
    ...timingForms,
    z
      .strictObject({ tokensPerSecond: z.number().min(0.01).max(100_000) })
      .transform(({ tokensPerSecond }) => ({
        law: 'constant' as const,
        constantMs: 1000 / tokensPerSecond,
      })),
    z
      .strictObject({ bursts: burstsSchema })
      .transform(({ bursts }) => ({ law: 'bursts' as const, ...bursts })),
  ],
  { error: `write ${timingWords}, tokensPerSecond: 50, bursts: {tokens, within, pause}` },
);

export type InterToken = z.output<typeof interTokenSchema>;

/** A source of the gaps between the tokens of one stream, in milliseconds, in their order. */
export function gapsOf(timing: InterToken, draws: (purpose: string) => Draw): () => number {
  const gap = draws('inter-token');
  if (timing.law !== 'bursts') return () => drawMs(timing, gap);
  const { tokens, within, pause } = timing;
  const [size, rest] = [draws('burst-tokens'), draws('burst-pause')];
  let left = drawInteger(size, tokens.min, tokens.max);
  return () => {
    left -= 1;
    if (left > 0) return drawMs(within, gap);
    left = drawInteger(size, tokens.min, tokens.max);
    return drawMs(pause, rest);
  };
}
