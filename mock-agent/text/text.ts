import { z } from 'zod';

import { besideProblems } from '../../proto/problems/beside-problems.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import type { Draw } from '../../proto/draws.ts';
import { composeJson } from './json-document.ts';
import { chineseChat, englishChat, type ChatWords } from './chat-words.ts';
import { composeMarkdown } from './markdown.ts';
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

/** The length and language of a text that is generated. */
const generatedShape = {
  /** `auto` is the language of the prompt: Chinese if it contains a Han character, otherwise English. */
  language: z.enum(['auto', 'zh', 'en']).default('auto'),
  /** Exact length in characters (Unicode code points). */
  chars: z.int().min(1).max(longestText).optional().meta({ default: defaultChars }),
  /** Exact length in tokens, instead of `chars`. */
  tokens: z.int().min(1).max(longestText).optional(),
};

const hasOneLength = ({ chars, tokens }: { chars?: unknown; tokens?: unknown }) =>
  chars === undefined || tokens === undefined;

const oneLength = {
  ...besideProblems,
  error: 'write the length in chars or in tokens, not both',
  path: ['tokens'],
};

/** The defaults that are not in the schema's output, so that a scenario's content stays what it was. */
const defaultStyle = 'prose';

/** The text of a stream. */
export const textSchema = z.union(
  [
    z.strictObject({ given: givenTextSchema }),
    /** A path relative to the scenario file. The reader of the file replaces it by `given`. */
    z.strictObject({ file: z.string().min(1) }),
    z.literal('echo').transform(() => ({ echo: true as const })),
    z.literal('none').transform(() => ({ none: true as const })),
    z.strictObject({
      generate: z
        .strictObject({
          ...generatedShape,
          /** What a chat interface has to render. */
          style: z.enum(['prose', 'markdown', 'json']).optional().meta({ default: defaultStyle }),
        })
        .refine(hasOneLength, oneLength),
    }),
  ],
  {
    error:
      'write given: "some text", file: story.txt, echo, none, or generate: {language: auto | zh | en, chars: 500}',
  },
);

export type Text = z.output<typeof textSchema>;

/** The reasoning of a stream, which comes before its text. */
export const reasoningSchema = z.union(
  [
    z.strictObject({ given: givenTextSchema }),
    z.strictObject({ generate: z.strictObject(generatedShape).refine(hasOneLength, oneLength) }),
  ],
  {
    error: 'write given: "some thoughts", or generate: {language: auto | zh | en, chars: 500}',
  },
);

export type Reasoning = z.output<typeof reasoningSchema>;

/**
 * Returns the given text, the prompt, nothing, or a text generated to length.
 * @param tokenChars how long tokens are, for a length in tokens
 * @throws Error for a file that was not read
 */
export function writeText(
  text: Text | Reasoning,
  prompt: string,
  tokenChars: { min: number; max: number },
  draws: (purpose: string) => Draw,
): string {
  if ('given' in text) return text.given;
  if ('echo' in text) return prompt.toWellFormed();
  if ('none' in text) return '';
  if ('file' in text) throw new Error(`the text of ${text.file} was not read`);
  const { language, chars = defaultChars, tokens } = text.generate;
  const style = 'style' in text.generate ? (text.generate.style ?? defaultStyle) : defaultStyle;
  const isChinese = language === 'auto' ? /\p{Script=Han}/u.test(prompt) : language === 'zh';
  return compose[style](
    isChinese ? chineseChat : englishChat,
    // From the source that the tokens are drawn from: these are the sizes that they will have.
    tokens === undefined ? chars : charsOfTokens(tokens, tokenChars, draws('tokens')),
    draws('text'),
  );
}

const compose = {
  prose: ({ prose }: ChatWords, chars: number, draw: Draw) => composeProse(prose, chars, draw),
  markdown: composeMarkdown,
  json: composeJson,
};
