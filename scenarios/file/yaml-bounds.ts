import { Lexer } from 'yaml';

/** A place in a text, counted in UTF-16 units, and what is wrong there. */
export interface OutOfBounds {
  offset: number;
  message: string;
}

/** Ten times what the longest scenario of the catalogue has; parsing takes time by their square at worst. */
const mostTokens = 5000;

/** A scenario goes eight deep, by brackets, dashes or indentation. */
const deepest = 32;

/** In columns. */
const deepestIndent = 100;

/**
 * Looks whether a YAML text is small enough to be parsed: a few kilobytes of brackets can keep a
 * parser busy for minutes, or overflow its stack.
 *
 * Takes time in proportion to the text, and stops at the first bound.
 */
export function outOfBounds(source: string): OutOfBounds | undefined {
  let offset = 0;
  let tokens = 0;
  let depth = 0;
  let dashes = 0;
  let lineStart = 0;
  let isFirst = true;
  for (const token of new Lexer().lex(source)) {
    tokens += 1;
    if (tokens > mostTokens) {
      return {
        offset,
        message: `a scenario is not so long: here are its first ${mostTokens} tokens`,
      };
    }
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (token === '-') dashes += 1;
    const isContent = /^[^\s#]/.test(token) && !markers.has(token);
    const isIndented = isFirst && isContent && depth === 0 && offset - lineStart > deepestIndent;
    if (isContent) isFirst = false;
    if (depth > deepest || dashes > deepest || isIndented) {
      return { offset, message: `a scenario is not nested so deeply: here are ${deepest} levels` };
    }
    if (token === '?') {
      return { offset, message: 'a scenario has no keys that are marked with a question mark' };
    }
    if (!markers.has(token)) offset += token.length;
    if (token === '\n' || token === '\r\n') {
      dashes = 0;
      lineStart = offset;
      isFirst = true;
    }
  }
  return undefined;
}

/** What the lexer adds for the parser: they stand for nothing in the text. */
const markers = new Set(['\u0002', '\u0018', '\u001F']);
