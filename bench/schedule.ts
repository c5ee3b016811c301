/**
 * The stream that every server under test has to send: words of the same length at a fixed interval after
 * the first one.
 */
export interface Schedule {
  /** Time from the request to the first word. */
  firstMs: number;
  intervalMs: number;
  /** Number of words. */
  words: number;
}

/** Five characters that JSON does not escape, so the word has the same length on the wire. */
export const word = 'lorem';

/** Returns when a word is due, in milliseconds after the request; the first has number 0. */
export function dueMs({ firstMs, intervalMs }: Schedule, wordNumber: number): number {
  return firstMs + wordNumber * intervalMs;
}

/** Returns the complete text. */
export function textOf({ words }: Schedule): string {
  return word.repeat(words);
}
