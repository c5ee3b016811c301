import type { Draw } from '../../proto/draws.ts';
import { tokenise } from '../text/tokens.ts';

/** The lengths of tokens and chunks, in characters. */
export interface ChunkSizes {
  tokenChars: { min: number; max: number };
  /** A chunk is complete as soon as it has so many (D1). */
  chunkChars: number;
}

/** A chunk and how many tokens it has. */
interface CutChunk {
  text: string;
  tokens: number;
}

/** Yields the chunks of a text; the last one is what remains, empty if the last token completed a chunk. */
export function* cutIntoChunks(
  text: string,
  { tokenChars, chunkChars }: ChunkSizes,
  draw: Draw,
): Generator<CutChunk> {
  let from = 0;
  let to = 0;
  let chunkLength = 0;
  let tokens = 0;
  for (const { end, chars } of tokenise(text, tokenChars, draw)) {
    to = end;
    tokens += 1;
    chunkLength += chars;
    if (chunkLength >= chunkChars) {
      yield { text: text.slice(from, end), tokens };
      from = end;
      chunkLength = 0;
      tokens = 0;
    }
  }
  yield { text: text.slice(from, to), tokens };
}
