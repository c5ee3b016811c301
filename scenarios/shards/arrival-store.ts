import type { Arrival, JudgedSample } from '../../reports/sample.ts';

/** Arrivals of a block; a block has 16 bytes for each. */
const blockLength = 1 << 18;

interface Block {
  atMs: Float64Array;
  chars: Uint32Array;
  bytes: Uint32Array;
}

/** A part of a block that makes its arrivals whenever they are read. */
class StoredArrivals {
  readonly #block: Block;
  readonly #from: number;
  readonly #length: number;

  constructor(block: Block, from: number, length: number) {
    this.#block = block;
    this.#from = from;
    this.#length = length;
  }

  get arrivals(): Arrival[] {
    const [{ atMs, chars, bytes }, from] = [this.#block, this.#from];
    return Array.from({ length: this.#length }, (_, index) => ({
      atMs: atMs[from + index] ?? 0,
      chars: chars[from + index] ?? 0,
      bytes: bytes[from + index] ?? 0,
    }));
  }
}

export interface ArrivalStore {
  /** Returns a sample that reads its arrivals from the store. */
  keep(sample: JudgedSample): JudgedSample;
}

/**
 * Keeps the arrivals of many streams in 16 bytes each; as objects they would take five times as much
 * (200,000 streams of 80 messages: 0.26 GB instead of 1.3).
 */
export function createArrivalStore(): ArrivalStore {
  let block = newBlock(blockLength);
  let used = 0;
  return {
    keep({ arrivals, ...facts }) {
      if (used + arrivals.length > block.atMs.length) {
        block = newBlock(Math.max(blockLength, arrivals.length));
        used = 0;
      }
      const from = used;
      for (const { atMs, chars, bytes } of arrivals) {
        block.atMs[used] = atMs;
        block.chars[used] = chars;
        block.bytes[used] = bytes;
        used += 1;
      }
      return Object.assign(new StoredArrivals(block, from, arrivals.length), facts);
    },
  };
}

function newBlock(length: number): Block {
  return {
    atMs: new Float64Array(length),
    chars: new Uint32Array(length),
    bytes: new Uint32Array(length),
  };
}
