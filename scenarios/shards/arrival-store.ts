import type { Arrival, Arrivals, JudgedSample } from '../../reports/sample.ts';

/** Arrivals of a block; a block has 16 bytes for each. */
const blockLength = 1 << 18;

interface Block {
  atMs: Float64Array;
  chars: Uint32Array;
  bytes: Uint32Array;
}

/** Arrivals that are made of the numbers of a block whenever they are read. */
class StoredArrivals implements Arrivals {
  readonly length: number;
  readonly #block: Block;
  readonly #from: number;

  constructor(block: Block, from: number, length: number) {
    this.#block = block;
    this.#from = from;
    this.length = length;
  }

  at(index: number): Arrival | undefined {
    const own = index < 0 ? index + this.length : index;
    if (own < 0 || own >= this.length) return undefined;
    const [{ atMs, chars, bytes }, place] = [this.#block, this.#from + own];
    return { atMs: atMs[place] ?? 0, chars: chars[place] ?? 0, bytes: bytes[place] ?? 0 };
  }

  *[Symbol.iterator](): Generator<Arrival, void, undefined> {
    for (let index = 0; index < this.length; index += 1) {
      const arrival = this.at(index);
      if (arrival !== undefined) yield arrival;
    }
  }

  map<R>(change: (arrival: Arrival, index: number) => R): R[] {
    return Array.from(this, change);
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
    keep(sample) {
      const { arrivals } = sample;
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
      return { ...sample, arrivals: new StoredArrivals(block, from, arrivals.length) };
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
