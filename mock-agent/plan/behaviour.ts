import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { faultsSchema } from '../faults/index.ts';
import { finishReasonSchema, usageSchema } from './ending.ts';
import { interTokenSchema } from './inter-token.ts';
import { slowingSchema } from './slowing.ts';
import { speedSchema } from './speed.ts';
import { longestText, reasoningSchema, textSchema } from '../text/text.ts';
import { timingSchema } from './timing.ts';
import { toolCallsSchema } from './tool-calls.ts';
import { traceSchema } from './trace.ts';

const tokenCharsSchema = z
  .strictObject({ min: z.int().min(1), max: z.int().max(100) })
  .refine(({ min, max }) => min <= max, { error: 'min must not exceed max', path: ['min'] });

/**
 * The defaults of a stream without a trace. They are not defaults of the schema's keys, since next to a
 * trace each of these keys is a mistake.
 */
const defaults = {
  text: { generate: {} },
  firstToken: { lognormal: { median: '200ms', p99: '400ms' } },
  interToken: { normal: { mean: '20ms', deviation: '5ms' } },
  tokenChars: { min: 1, max: 4 },
  chunkChars: 5,
};

/** Further keys that a trace leaves no place for. */
const partKeys = ['reasoning', 'toolCalls', 'toolCallOrder'];

/** The text, times and faults of streams: all that the agent needs to plan one. */
export const behaviourSchema = z
  .strictObject({
    text: textSchema.optional().meta({ default: defaults.text }),
    /** Thoughts that come before the text, with its timing. */
    reasoning: reasoningSchema.optional(),
    /** Calls that come after the text; beside them, text is absent by default. */
    toolCalls: toolCallsSchema.optional(),
    /** Whether each call is finished before the next begins. */
    toolCallOrder: z.enum(['sequential', 'interleaved']).optional().meta({ default: 'sequential' }),
    /** What the final chunk says of the end; absent, it follows from the stream. */
    finishReason: finishReasonSchema.optional(),
    usage: usageSchema.optional(),
    /** Time from the accepted request to the first token. */
    firstToken: timingSchema.optional().meta({ default: defaults.firstToken }),
    /** Time from each token to the next. */
    interToken: interTokenSchema.optional().meta({ default: defaults.interToken }),
    /** Length of a token in characters, uniformly drawn; a longer grapheme is one token. */
    tokenChars: tokenCharsSchema.optional().meta({ default: defaults.tokenChars }),
    /** The agent sends a chunk as soon as it has buffered this many characters (D1). */
    chunkChars: z.int().min(1).max(longestText).optional().meta({ default: defaults.chunkChars }),
    /** A recorded stream; it replaces all of the keys above. */
    trace: traceSchema.optional(),
    speed: speedSchema.default(1),
    /** How streams slow down as the agent gets busy; absent, they never do. */
    slowing: slowingSchema.optional(),
    /** How streams fail, and how often. */
    faults: faultsSchema.default([]),
  })
  .superRefine((behaviour, { issues }) => {
    if (behaviour.trace === undefined) return;
    for (const key of [...Object.keys(defaults), ...partKeys]) {
      if (!Object.hasOwn(behaviour, key)) continue;
      const message = `a trace has its own text, chunks and times: leave out ${key} or the trace`;
      issues.push({ code: 'custom', input: behaviour, path: [key], message });
    }
  }, besideProblems)
  .refine(({ text, tokenChars }) => !mayBeTooLong(text, tokenChars), tooLong('text'))
  .refine(({ reasoning, tokenChars }) => !mayBeTooLong(reasoning, tokenChars), tooLong('reasoning'))
  .refine(
    ({ toolCalls, toolCallOrder }) => toolCalls !== undefined || toolCallOrder === undefined,
    {
      ...besideProblems,
      error: 'an order needs toolCalls: add them, or leave out toolCallOrder',
      path: ['toolCallOrder'],
    },
  )
  .transform(
    ({
      toolCalls,
      text = textSchema.parse(toolCalls === undefined ? defaults.text : 'none'),
      firstToken = timingSchema.parse(defaults.firstToken),
      interToken = interTokenSchema.parse(defaults.interToken),
      tokenChars = defaults.tokenChars,
      chunkChars = defaults.chunkChars,
      ...others
    }) => ({
      text,
      firstToken,
      interToken,
      tokenChars,
      chunkChars,
      ...others,
      ...(toolCalls === undefined ? {} : { toolCalls }),
    }),
  );

function tooLong(key: 'text' | 'reasoning') {
  return {
    ...besideProblems,
    error: `that many tokens can exceed ${longestText} characters`,
    path: [key, 'generate', 'tokens'],
  };
}

/** Takes unparsed values, since either may be invalid. */
function mayBeTooLong(text: unknown, tokenChars: unknown = defaults.tokenChars): boolean {
  const { data: tokens } = tokensInput.safeParse(text);
  const { data: size } = sizeInput.safeParse(tokenChars);
  return (tokens?.generate.tokens ?? 0) * (size?.max ?? 0) > longestText;
}

const tokensInput = z.object({ generate: z.object({ tokens: z.number() }) });
const sizeInput = z.object({ max: z.number() });

export type Behaviour = z.output<typeof behaviourSchema>;
