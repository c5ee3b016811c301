/**
 * What every server under test is asked to stream, the same for all: words of one length, the first
 * after a while, each later one the same distance after the one before.
 */
export interface Schedule {
  /** From the request to the first word. */
  firstMs: number;
  intervalMs: number;
  /** How many words there are. */
  words: number;
}

/** Five characters, none of which JSON escapes: so the length of a word on the wire is its own. */
export const word = 'lorem';

/** When a word is due, in milliseconds after the request; the first is number 0. */
export function dueMs({ firstMs, intervalMs }: Schedule, wordNumber: number): number {
  return firstMs + wordNumber * intervalMs;
}

/** The whole text. */
export function textOf({ words }: Schedule): string {
  return word.repeat(words);
}
