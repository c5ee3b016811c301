/**
 * The text that waits between the agent and the client.
 *
 * Bounded: once it is full, whoever fills it has to be held up until it is taken (specification D3).
 * Nothing is dropped.
 */
export interface ChunkBuffer {
  text: string;
  /** How many chunks the text came in. */
  chunks: number;
}

/** In UTF-16 units: however few chunks they came in, so much text is enough for one message. */
export const bufferLimitChars = 1_048_576;

/** Adds a chunk's text; true where the buffer is full with it. */
export function addChunk(buffer: ChunkBuffer, delta: string, limitChunks: number): boolean {
  buffer.text += delta;
  buffer.chunks += 1;
  return buffer.chunks >= limitChunks || buffer.text.length >= bufferLimitChars;
}

/** Takes all text, merged into one. */
export function takeText(buffer: ChunkBuffer): string {
  const { text } = buffer;
  buffer.text = '';
  buffer.chunks = 0;
  return text;
}
