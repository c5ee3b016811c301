import { Lexer } from 'yaml';

/** An exceeded limit and where it was exceeded. */
export interface OutOfBounds {
  /** In UTF-16 units from the start. */
  offset: number;
  message: string;
}

/** Ten times the tokens of the longest scenario of the catalogue. Parsing takes quadratic time at worst. */
export const mostTokens = 5000;

/** In levels of brackets or dashes. Valid scenarios have at most eight. */
export const deepest = 32;

/** In columns, of the first token of a line. */
const deepestIndent = 100;

/**
 * Checks whether a YAML text is small enough to parse: a few kilobytes of brackets can keep a parser busy
 * for minutes, or overflow its stack. Takes linear time and stops at the first exceeded limit.
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
        message: `the scenario is too long: it has more than ${mostTokens} tokens`,
      };
    }
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (token === '-') dashes += 1;
    const isContent = /^[^\s#]/.test(token) && !markers.has(token);
    const isIndented = isFirst && isContent && depth === 0 && offset - lineStart > deepestIndent;
    if (isContent) isFirst = false;
    if (depth > deepest || dashes > deepest || isIndented) {
      return { offset, message: `the scenario is nested too deeply: ${deepest} levels at most` };
    }
    if (token === '?') {
      return { offset, message: 'keys with a question mark are not supported: write key: value' };
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

/** Tokens that the lexer adds for the parser; they have no text. */
const markers = new Set(['\u0002', '\u0018', '\u001F']);
