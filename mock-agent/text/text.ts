import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import type { Draw } from '../../proto/draws.ts';
import { chineseProse } from './prose-chinese.ts';
import { englishProse } from './prose-english.ts';
import { composeProse } from './prose.ts';
import { charsOfTokens } from './tokens.ts';

/** The longest text of a stream, in characters. */
export const longestText = 1_000_000;

/** The default length of a generated text, in characters. */
export const defaultChars = 500;

/** A literal text. */
export const givenTextSchema = wellFormedText
  .min(1, { error: 'the text is empty' })
  .max(longestText, { error: `a text has at most ${longestText} characters` });

const generateSchema = z
  .strictObject({
    /** `auto` is the language of the prompt: Chinese if it contains a Han character, otherwise English. */
    language: z.enum(['auto', 'zh', 'en']).default('auto'),
    /** Exact length in characters (Unicode code points). */
    chars: z.int().min(1).max(longestText).optional().meta({ default: defaultChars }),
    /** Exact length in tokens, instead of `chars`. */
    tokens: z.int().min(1).max(longestText).optional(),
  })
  .refine(({ chars, tokens }) => chars === undefined || tokens === undefined, {
    ...besideProblems,
    error: 'write the length in chars or in tokens, not both',
    path: ['tokens'],
  });

/** The text of a stream. */
export const textSchema = z.union(
  [
    z.strictObject({ given: givenTextSchema }),
    /** A path relative to the scenario file. The reader of the file replaces it by `given`. */
    z.strictObject({ file: z.string().min(1) }),
    z.literal('echo').transform(() => ({ echo: true as const })),
    z.strictObject({ generate: generateSchema }),
  ],
  {
    error:
      'write given: "some text", file: story.txt, echo, or generate: {language: auto | zh | en, chars: 500}',
  },
);

export type Text = z.output<typeof textSchema>;

/**
 * Returns the text of a stream: the given text, the prompt, or generated prose.
 * @param tokenChars the length of tokens, for a length in tokens
 * @throws Error if the text is a file that has not been read
 */
export function writeText(
  text: Text,
  prompt: string,
  tokenChars: { min: number; max: number },
  draws: (purpose: string) => Draw,
): string {
  if ('given' in text) return text.given;
  if ('echo' in text) return prompt.toWellFormed();
  if ('file' in text) throw new Error(`the text of ${text.file} was not read`);
  const { language, chars = defaultChars, tokens } = text.generate;
  const isChinese = language === 'auto' ? /\p{Script=Han}/u.test(prompt) : language === 'zh';
  return composeProse(
    isChinese ? chineseProse : englishProse,
    // The same draws later cut the text, so it has exactly this many tokens.
    tokens === undefined ? chars : charsOfTokens(tokens, tokenChars, draws('tokens')),
    draws('text'),
  );
}
