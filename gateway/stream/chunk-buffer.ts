/**
 * The buffered text between the agent and the client.
 *
 * Bounded: when it is full, the agent has to pause until the text is taken (D3). Nothing is dropped.
 */
export interface ChunkBuffer {
  text: string;
  /** The number of chunks that the text consists of. */
  chunks: number;
}

/** The most text of one message, in UTF-16 code units, for any number of chunks. */
export const bufferLimitChars = 1_048_576;

/** Adds the text of a chunk; returns whether the buffer is full. */
export function addChunk(buffer: ChunkBuffer, delta: string, limitChunks: number): boolean {
  buffer.text += delta;
  buffer.chunks += 1;
  return buffer.chunks >= limitChunks || buffer.text.length >= bufferLimitChars;
}

/** Takes all text. */
export function takeText(buffer: ChunkBuffer): string {
  const { text } = buffer;
  buffer.text = '';
  buffer.chunks = 0;
  return text;
}
