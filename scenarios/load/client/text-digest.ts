import { createHash, type Hash } from 'node:crypto';

/** Length and hash of a text in pieces, in bounded memory. */
export interface TextDigest {
  add(piece: string): void;
  /** Unicode code points so far; a surrogate pair split over two pieces is one. */
  chars(): number;
  /** SHA-256 (hex) of all pieces joined, as UTF-8. */
  sha256(): string;
}

/** How much text is buffered before it is hashed: one call per story instead of one per chunk. */
const keptChars = 16_384;

export function createTextDigest(): TextDigest {
  let kept = '';
  let chars = 0;
  let torn = false;
  let hash: Hash | undefined;

  return {
    add(piece) {
      if (piece === '') return;
      chars += codePoints(piece);
      // Both halves have been counted, each as one.
      if (torn && isLowSurrogate(piece.charCodeAt(0))) chars -= 1;
      torn = isHighSurrogate(piece.charCodeAt(piece.length - 1));
      kept += piece;
      // Half a pair has no UTF-8 form, so it waits for its other half.
      if (kept.length >= keptChars && !torn) {
        hash = (hash ?? createHash('sha256')).update(kept);
        kept = '';
      }
    },
    chars: () => chars,
    sha256: () => (hash?.copy() ?? createHash('sha256')).update(kept).digest('hex'),
  };
}

function codePoints(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index += 1) {
    const isPair =
      isLowSurrogate(text.charCodeAt(index)) && isHighSurrogate(text.charCodeAt(index - 1));
    if (isPair) count -= 1;
  }
  return count;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc_00 && unit <= 0xdf_ff;
}
