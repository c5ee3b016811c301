import { createHash, type Hash } from 'node:crypto';

/** Length and hash of a text that comes in pieces, in bounded memory. */
export interface TextDigest {
  add(piece: string): void;
  /** Unicode code points so far; a surrogate pair torn over two pieces is one. */
  chars(): number;
  /** SHA-256 (hex) of all pieces joined, as UTF-8. */
  sha256(): string;
}

/** So much text is kept before it is hashed: one call of the hash for a whole story, not one a chunk. */
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
      // Half a pair has no UTF-8: it waits for its other half.
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
  for (let at = 1; at < text.length; at += 1) {
    if (isLowSurrogate(text.charCodeAt(at)) && isHighSurrogate(text.charCodeAt(at - 1))) count -= 1;
  }
  return count;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc_00 && unit <= 0xdf_ff;
}
