import { countChars } from '../../proto/notation/code-points.ts';
import { drawInteger, type Draw } from '../../proto/draws.ts';
import { canBeCutAnywhere, graphemeEnds } from './graphemes.ts';

/** A token of a text. */
export interface Token {
  /** The end of the token in the text, in code units. */
  end: number;
  /** The length in code points. */
  chars: number;
}

/**
 * Cuts a text into tokens of `min` to `max` characters (code points), uniformly distributed.
 *
 * It never splits a grapheme: an emoji with its modifiers is one token, however many code points it has.
 * Chunks of complete tokens are therefore safe to display (D1).
 */
export function tokenise(
  text: string,
  size: { min: number; max: number },
  draw: Draw,
): Generator<Token> {
  return canBeCutAnywhere(text) ? cutAnywhere(text, size, draw) : cutAtGraphemes(text, size, draw);
}

/** For text whose graphemes are single code units; ten times as fast. */
function* cutAnywhere(
  text: string,
  size: { min: number; max: number },
  draw: Draw,
): Generator<Token> {
  for (let from = 0; from < text.length;) {
    const end = Math.min(from + drawInteger(draw, size.min, size.max), text.length);
    yield { end, chars: end - from };
    from = end;
  }
}

function* cutAtGraphemes(
  text: string,
  size: { min: number; max: number },
  draw: Draw,
): Generator<Token> {
  let token: Token = { end: 0, chars: 0 };
  let targetChars = drawInteger(draw, size.min, size.max);
  for (const end of graphemeEnds(text)) {
    const chars = countChars(text, token.end, end);
    if (token.chars > 0 && token.chars + chars > targetChars) {
      yield token;
      token = { end: token.end, chars: 0 };
      targetChars = drawInteger(draw, size.min, size.max);
    }
    token.end = end;
    token.chars += chars;
  }
  if (token.chars > 0) yield token;
}

/**
 * Returns how many characters that many tokens have, with the same draws as `tokenise`, in a text whose
 * graphemes are single code points.
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
