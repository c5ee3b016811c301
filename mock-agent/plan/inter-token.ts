import { z } from 'zod';

import { drawInteger, type Draw } from '../../proto/draws.ts';
import { drawMs, timingForms, timingSchema, timingWords } from './timing.ts';

const burstsSchema = z.strictObject({
  /** Tokens per burst, uniformly drawn. */
  tokens: z
    .strictObject({ min: z.int().min(1), max: z.int().max(100_000) })
    .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] }),
  /** Time between two tokens of a burst. */
  within: timingSchema,
  /** Time from the last token of a burst to the first of the next. */
  pause: timingSchema,
});

/**
 * The time from each token to the next: a timing, or one of
 *
 * - `tokensPerSecond: 50`, a constant rate
 * - `bursts: {tokens: {min: 5, max: 15}, within: 5ms, pause: 300ms}`
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

/** Returns a function that draws the gaps between the tokens of one stream, in order, in milliseconds. */
export function gapsOf(timing: InterToken, draws: (purpose: string) => Draw): () => number {
  const gap = draws('inter-token');
  if (timing.law !== 'bursts') return () => drawMs(timing, gap);
  const { tokens, within, pause } = timing;
  const [size, pauseDraw] = [draws('burst-tokens'), draws('burst-pause')];
  let remaining = drawInteger(size, tokens.min, tokens.max);
  return () => {
    remaining -= 1;
    if (remaining > 0) return drawMs(within, gap);
    remaining = drawInteger(size, tokens.min, tokens.max);
    return drawMs(pause, pauseDraw);
  };
}
