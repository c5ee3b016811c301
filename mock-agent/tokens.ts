import { drawInteger, type Draw } from './draws.ts';

/** Text in which every code unit is a grapheme of its own, so that it can be cut anywhere. */
const oneUnitGraphemes =
  /^[\n\u0020-\u007E\u2014\u2018-\u201D\u2026\u3001-\u3029\u4E00-\u9FFF\uFF01-\uFF5E]*$/;

const graphemeSegmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A piece of text with its length in code points. */
export interface Token {
  text: string;
  chars: number;
}

/**
 * Cuts a text into tokens of `min` to `max` characters (code points), each length as likely as the others.
 *
 * A grapheme is never torn: an emoji with its modifiers is one token, however many code points it has.
 * That makes every chunk which is built of whole tokens safe to show (specification D1).
 */
export function tokenise(text: string, size: { min: number; max: number }, draw: Draw): Token[] {
  if (oneUnitGraphemes.test(text)) return cutAnywhere(text, size, draw);
  const graphemes = Array.from(graphemeSegmenter.segment(text), ({ segment }) => segment);
  const tokens: Token[] = [];
  let token: Token = { text: '', chars: 0 };
  let wanted = drawInteger(draw, size.min, size.max);
  for (const grapheme of graphemes) {
    const chars = countChars(grapheme);
    if (token.chars > 0 && token.chars + chars > wanted) {
      tokens.push(token);
      token = { text: '', chars: 0 };
      wanted = drawInteger(draw, size.min, size.max);
    }
    token.text += grapheme;
    token.chars += chars;
  }
  if (token.chars > 0) tokens.push(token);
  return tokens;
}

/** The same of a text without longer graphemes, for a tenth of the time. */
function cutAnywhere(text: string, size: { min: number; max: number }, draw: Draw): Token[] {
  const tokens: Token[] = [];
  for (let from = 0; from < text.length;) {
    const token = text.slice(from, from + drawInteger(draw, size.min, size.max));
    tokens.push({ text: token, chars: token.length });
    from += token.length;
  }
  return tokens;
}

/**
 * How many characters `tokenise` puts into so many tokens of a text without longer graphemes, where it
 * draws from the same source.
 */
export function charsOfTokens(
  tokens: number,
  size: { min: number; max: number },
  draw: Draw,
): number {
  let chars = 0;
  for (let token = 0; token < tokens; token += 1) chars += drawInteger(draw, size.min, size.max);
  return chars;
}

/** The length in Unicode code points: the characters of the specification's Python. */
export function countChars(text: string): number {
  let chars = 0;
  for (const _ of text) chars += 1;
  return chars;
}
