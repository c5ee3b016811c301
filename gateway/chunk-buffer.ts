/**
 * The text that waits between the agent and the client.
 *
 * Bounded: once it is full, whoever fills it has to be held up until it is taken (specification D3).
 * Nothing is dropped.
 */
export interface ChunkBuffer {
  /** Adds a chunk's text; true where the buffer is full with it. */
  add(delta: string): boolean;
  /** Takes all text, merged into one. */
  take(): string;
  readonly chunks: number;
}

/** However few chunks they came in, so many characters are enough for one message. */
const limitChars = 1_048_576;

export function createChunkBuffer(limitChunks: number): ChunkBuffer {
  let text = '';
  let chunks = 0;
  return {
    add(delta) {
      text += delta;
      chunks += 1;
      return chunks >= limitChunks || text.length >= limitChars;
    },
    take() {
      const taken = text;
      text = '';
      chunks = 0;
      return taken;
    },
    get chunks() {
      return chunks;
    },
  };
}
