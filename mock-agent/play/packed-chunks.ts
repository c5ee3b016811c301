import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { PlannedChunk } from '../planned-stream.ts';

/**
 * The chunks of a stream that is played, in a tenth of the memory that a plan takes.
 *
 * An agent holds a thousand plans and looks at each for a moment, then not for fifty milliseconds. By
 * then nothing of it is in the processor's caches, and the cost of a chunk is the number of places in
 * memory that have to be looked up for it: here one row of a table, and the text.
 */
export interface PackedChunks {
  count: number;
  /** Of each chunk: when it leaves, in milliseconds after the request, and where its text ends. */
  table: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  /** Of all chunks that are not in `special`. */
  text: string;
  /**
   * Final chunks, those with an error, and long ones, whose text may be shared by many streams; hardly
   * ever more than one, and from `specialFrom` on.
   */
  special: ReadonlyMap<number, PlannedChunk>;
  specialFrom: number;
  /** Whether one of them is long. */
  hasLong: boolean;
}

/** A number of 32 bits holds every whole one up to this. */
const exactUpTo = 2 ** 24;

/** Above so many code units a chunk keeps a string of its own. */
const longUnits = 16_384;

export function packChunks(chunks: readonly PlannedChunk[]): PackedChunks {
  const special = new Map([...chunks.entries()].filter(([, chunk]) => isSpecial(chunk)));
  const packed = special.size === 0 ? chunks : chunks.filter((chunk) => !isSpecial(chunk));
  const text = packed.map(({ delta }) => delta).join('');
  const table = emptyTable(chunks, text);
  let end = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (!special.has(index)) end += chunk.delta.length;
    table[index * 2] = chunk.atMs;
    table[index * 2 + 1] = end;
  }
  const [specialFrom = chunks.length] = special.keys();
  const hasLong = chunks.some(isLong);
  return { count: chunks.length, table, text, special, specialFrom, hasLong };
}

function isSpecial(chunk: PlannedChunk): boolean {
  return chunk.isFinal || chunk.error !== undefined || isLong(chunk);
}

function isLong({ delta }: PlannedChunk): boolean {
  return delta.length > longUnits;
}

/** With half of the memory for each number, where that holds all of them exactly. */
function emptyTable(chunks: readonly PlannedChunk[], text: string): PackedChunks['table'] {
  const isExact =
    text.length <= exactUpTo && chunks.every(({ atMs }) => Math.fround(atMs) === atMs);
  return isExact ? new Float32Array(chunks.length * 2) : new Float64Array(chunks.length * 2);
}

/** When a chunk is due, in milliseconds after the request. */
export function offsetOf({ table }: PackedChunks, index: number): number {
  return table[index * 2] ?? 0;
}

/** Returns what is sent of a chunk. */
export function unpackChunk(packed: PackedChunks, index: number): OutgoingChunk {
  const { table, text, special, specialFrom } = packed;
  const kept = index < specialFrom ? undefined : special.get(index);
  if (kept !== undefined) return kept;
  const from = index === 0 ? 0 : table[index * 2 - 1];
  return { delta: text.slice(from, table[index * 2 + 1]), isFinal: false };
}

const beyondLatin1 = /[^\0-\u00ff]/;

/** How much memory chunks take that no other stream shares, in bytes. */
export function bytesOf({ table, text }: PackedChunks): number {
  return table.byteLength + text.length * (beyondLatin1.test(text) ? 2 : 1);
}
