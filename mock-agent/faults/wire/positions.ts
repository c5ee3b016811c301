import type { PlannedChunk, PlannedStream } from '../../planned-stream.ts';
import { countChars } from '../../text/tokens.ts';
import { cutAt, type Place } from '../place.ts';

/** A span of the text, in code points; an empty one stands for the final message. */
export interface Span {
  fromChar: number;
  toChar: number;
}

/** How much text chunks have, in code points. */
export function charsOf(chunks: readonly PlannedChunk[]): number {
  return chunks.reduce((chars, { delta }) => chars + countChars(delta), 0);
}

/**
 * What a client gets after a place: the text of each chunk, then the final message where there is
 * one. Undefined where the stream ends before that place.
 */
export function spansAfter(stream: PlannedStream, place: Place): Span[] | undefined {
  const cut = cutAt(stream, place);
  if (cut === undefined) return undefined;
  const final = cut.after.findIndex(({ isFinal }) => isFinal);
  const texts = cut.after.slice(0, final < 0 ? cut.after.length : final + 1);
  let toChar = charsOf(cut.before);
  const spans = texts
    .filter(({ delta }) => delta !== '')
    .map(({ delta }): Span => {
      const fromChar = toChar;
      return { fromChar, toChar: (toChar += countChars(delta)) };
    });
  return final < 0 ? spans : [...spans, { fromChar: toChar, toChar }];
}
