import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { faultsSchema } from '../faults/index.ts';
import { interTokenSchema } from './inter-token.ts';
import { slowingSchema } from './slowing.ts';
import { speedSchema } from './speed.ts';
import { longestText, textSchema } from '../text/text.ts';
import { timingSchema } from './timing.ts';
import { traceSchema } from './trace.ts';

const tokenCharsSchema = z
  .strictObject({ min: z.int().min(1), max: z.int().max(100) })
  .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] });

/**
 * How a stream is composed where nothing else is said. Not defaults of the keys themselves, since a
 * trace has none of them, and a key that is written beside one is a mistake.
 */
const composed = {
  text: { generate: {} },
  firstToken: { lognormal: { median: '200ms', p99: '400ms' } },
  interToken: { normal: { mean: '20ms', deviation: '5ms' } },
  tokenChars: { min: 1, max: 4 },
  chunkChars: 5,
};

/** What a stream says and when: all that the agent needs to plan one. */
export const behaviourSchema = z
  .strictObject({
    text: textSchema.optional().meta({ default: composed.text }),
    /** From the accepted request to the first token. */
    firstToken: timingSchema.optional().meta({ default: composed.firstToken }),
    /** From each token to the next. */
    interToken: interTokenSchema.optional().meta({ default: composed.interToken }),
    /** How many characters a token has, drawn evenly; a grapheme that is longer is one token. */
    tokenChars: tokenCharsSchema.optional().meta({ default: composed.tokenChars }),
    /** The agent sends a chunk as soon as it holds so many characters (specification D1). */
    chunkChars: z.int().min(1).max(longestText).optional().meta({ default: composed.chunkChars }),
    /** A recorded stream, in place of all of the above. */
    trace: traceSchema.optional(),
    speed: speedSchema.default(1),
    /** How streams slow down as the agent gets busy; never, where it is left out. */
    slowing: slowingSchema.optional(),
    /** How a stream goes wrong, and how often. */
    faults: faultsSchema.default([]),
  })
  .superRefine((behaviour, { issues }) => {
    if (behaviour.trace === undefined) return;
    for (const key of Object.keys(composed)) {
      if (!Object.hasOwn(behaviour, key)) continue;
      const message = `a trace has its own text, chunks and times: leave out ${key} or the trace`;
      issues.push({ code: 'custom', input: behaviour, path: [key], message });
    }
  }, besideProblems)
  .refine(({ text, tokenChars }) => !mayBeTooLong(text, tokenChars), {
    ...besideProblems,
    error: `so many tokens can be more than ${longestText} characters`,
    path: ['text', 'generate', 'tokens'],
  })
  .transform(
    ({
      text = textSchema.parse(composed.text),
      firstToken = timingSchema.parse(composed.firstToken),
      interToken = interTokenSchema.parse(composed.interToken),
      tokenChars = composed.tokenChars,
      chunkChars = composed.chunkChars,
      ...rest
    }) => ({ text, firstToken, interToken, tokenChars, chunkChars, ...rest }),
  );

/** Either may be wrong itself, and is then as it was written. */
function mayBeTooLong(text: unknown, tokenChars: unknown = composed.tokenChars): boolean {
  const { data: tokens } = writtenTokens.safeParse(text);
  const { data: size } = writtenSize.safeParse(tokenChars);
  return (tokens?.generate.tokens ?? 0) * (size?.max ?? 0) > longestText;
}

const writtenTokens = z.object({ generate: z.object({ tokens: z.number() }) });
const writtenSize = z.object({ max: z.number() });

export type Behaviour = z.output<typeof behaviourSchema>;
