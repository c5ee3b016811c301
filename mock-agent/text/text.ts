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

/** The length of a generated text that says none, in characters. */
export const defaultChars = 500;

/** A text that a stream can carry. */
export const givenTextSchema = wellFormedText
  .min(1, { error: 'the text is empty' })
  .max(longestText, { error: `a text has at most ${longestText} characters` });

const generateSchema = z
  .strictObject({
    /** `auto` answers in the language of the prompt: Chinese where it has a Han character, else English. */
    language: z.enum(['auto', 'zh', 'en']).default('auto'),
    /** Length in characters (Unicode code points), met exactly. */
    chars: z.int().min(1).max(longestText).optional().meta({ default: defaultChars }),
    /** Length in tokens, in place of `chars`, met exactly. */
    tokens: z.int().min(1).max(longestText).optional(),
  })
  .refine(({ chars, tokens }) => chars === undefined || tokens === undefined, {
    ...besideProblems,
    error: 'a length is in chars or in tokens, not in both',
    path: ['tokens'],
  });

/** What a stream says. */
export const textSchema = z.union(
  [
    z.strictObject({ given: givenTextSchema }),
    /** Beside the scenario file; whoever read that puts what it holds in its place, as `given`. */
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
 * The text of a stream: the given one, the prompt, or prose made up to the wanted length in the
 * prompt's language.
 * @param tokenChars how long tokens are, for a length in tokens
 * @throws Error for a file that nobody has read
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
  const chinese = language === 'auto' ? /\p{Script=Han}/u.test(prompt) : language === 'zh';
  return composeProse(
    chinese ? chineseProse : englishProse,
    // From the source that the tokens are drawn from: these are the sizes that they will have.
    tokens === undefined ? chars : charsOfTokens(tokens, tokenChars, draws('tokens')),
    draws('text'),
  );
}
