import type { PlannedChunk, PlannedStream } from '../../planned-stream.ts';
import { countChars } from '../../../proto/notation/code-points.ts';
import { cutAt, type Place } from '../place.ts';

/** A span of the text, in code points; an empty one stands for the final message. */
export interface Span {
  fromChar: number;
  toChar: number;
}

/** Returns the length of the chunks' text in code points. */
export function charsOf(chunks: readonly PlannedChunk[]): number {
  return chunks.reduce((chars, { delta }) => chars + countChars(delta), 0);
}

/** Returns how many chunks show only in formats that show more than text. */
export function partsOf(chunks: readonly PlannedChunk[]): number {
  return chunks.filter(isPartAlone).length;
}

function isPartAlone({ delta, isFinal, parts }: PlannedChunk): boolean {
  return delta === '' && !isFinal && parts !== undefined;
}

/**
 * Returns the number of the first message after a place if that is one without text, and whether another one
 * follows it before the end. Undefined for a message with text, and for a place that the stream does not reach.
 */
export function partAfter(
  stream: PlannedStream,
  place: Place,
): { part: number; hasNext: boolean } | undefined {
  const cut = cutAt(stream, place);
  const [first, next] = (cut?.after ?? []).filter(
    (chunk) => chunk.delta !== '' || chunk.isFinal || isPartAlone(chunk),
  );
  if (cut === undefined || first === undefined || !isPartAlone(first)) return undefined;
  const hasNext = next !== undefined && (next.delta !== '' || isPartAlone(next));
  return { part: partsOf(cut.before), hasNext };
}

/**
 * Returns the messages after a place: the text of each chunk, then the final message if there is one.
 * Returns undefined if the stream ends before that place.
 */
export function spansAfter(stream: PlannedStream, place: Place): Span[] | undefined {
  const cut = cutAt(stream, place);
  if (cut === undefined) return undefined;
  const finalIndex = cut.after.findIndex(({ isFinal }) => isFinal);
  const chunks = cut.after.slice(0, finalIndex < 0 ? cut.after.length : finalIndex + 1);
  let toChar = charsOf(cut.before);
  const spans = chunks
    .filter(({ delta }) => delta !== '')
    .map(({ delta }): Span => {
      const fromChar = toChar;
      return { fromChar, toChar: (toChar += countChars(delta)) };
    });
  return finalIndex < 0 ? spans : [...spans, { fromChar: toChar, toChar }];
}
