import type { TraceChunk } from '../../mock-agent/plan/trace.ts';
import type { Decoded } from '../../proto/dialects/answer.ts';

/**
 * Returns the text and the parts of an event of a dialect as a chunk without its time; undefined for none. The
 * end of the stream is a chunk too, the final one.
 */
export function chunkOf(pieces: readonly Decoded[]): Omit<TraceChunk, 'ms'> | undefined {
  let text = '';
  let reasoning = '';
  const toolCalls: NonNullable<TraceChunk['toolCalls']> = [];
  let isFinal = false;
  for (const piece of pieces) {
    if (piece.type === 'text') text += piece.text;
    if (piece.type === 'reasoning') reasoning += piece.text;
    if (piece.type === 'tool-call') toolCalls.push(piece.fragment);
    if (piece.type === 'end') isFinal = true;
  }
  if (text === '' && reasoning === '' && toolCalls.length === 0 && !isFinal) return undefined;
  return {
    text,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}
