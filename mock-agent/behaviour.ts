import { z } from 'zod';

import { faultsSchema } from './faults/index.ts';
import { speedSchema } from './speed.ts';
import { timingSchema } from './timing.ts';

const wellFormedText = z
  .string()
  .min(1)
  .max(1_000_000)
  // gRPC carries UTF-8, which has no lone surrogates: better refused here than changed on the way.
  .refine((text) => text.isWellFormed(), { error: 'the text has half a surrogate pair in it' });

const textSchema = z.union(
  [
    z.strictObject({ given: wellFormedText }),
    z.strictObject({
      generate: z.strictObject({
        /** `auto` answers in the language of the prompt: Chinese where it has a Han character, else English. */
        language: z.enum(['auto', 'zh', 'en']).default('auto'),
        /** Length in characters (Unicode code points), met exactly. */
        chars: z.int().min(1).max(1_000_000).default(500),
      }),
    }),
  ],
  { error: 'write either given: "some text" or generate: {language: auto | zh | en, chars: 500}' },
);

/** What a stream says and when: all that the agent needs to plan one. */
export const behaviourSchema = z.strictObject({
  text: textSchema.prefault({ generate: {} }),
  /** From the accepted request to the first token. */
  firstToken: timingSchema.prefault({ lognormal: { median: '200ms', p99: '400ms' } }),
  /** From each token to the next. */
  interToken: timingSchema.prefault({ normal: { mean: '20ms', deviation: '5ms' } }),
  /** How many characters a token has, drawn evenly; a grapheme that is longer is one token. */
  tokenChars: z
    .strictObject({ min: z.int().min(1), max: z.int().max(100) })
    .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] })
    .default({ min: 1, max: 4 }),
  /** The agent sends a chunk as soon as it holds so many characters (specification D1). */
  chunkChars: z.int().min(1).max(1_000_000).default(5),
  speed: speedSchema.default(1),
  /** How a stream goes wrong, and how often. */
  faults: faultsSchema.default([]),
});

export type Behaviour = z.output<typeof behaviourSchema>;
