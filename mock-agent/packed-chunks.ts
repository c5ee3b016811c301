import type { OutgoingChunk } from '../proto/agent-service.ts';
import type { PlannedChunk } from './planned-stream.ts';

/**
 * The chunks of a stream that is played, in a tenth of the room that a plan takes.
 *
 * An agent holds a thousand plans and looks at each for a moment, then not for fifty milliseconds. By
 * then nothing of it is in the processor's caches, and what a chunk costs is how many places in memory
 * have to be looked up for it: here one row of a table, and the text.
 */
export interface PackedChunks {
  count: number;
  /** On the clock of `performance.now()`. */
  startMs: number;
  /** Of each chunk, how long after that it leaves, in milliseconds, and where its text ends. */
  table: Float32Array | Float64Array;
  text: string;
  /** Final ones and those with an error; hardly ever more than one, and from `specialFrom` on. */
  special: ReadonlyMap<number, PlannedChunk>;
  specialFrom: number;
}

/** A number of 32 bits holds every whole one up to this. */
const exactUpTo = 2 ** 24;

/** @param startMs when the request came, on the clock of `performance.now()` */
export function packChunks(chunks: readonly PlannedChunk[], startMs: number): PackedChunks {
  const text = chunks.map(({ delta }) => delta).join('');
  const table = emptyTable(chunks, text);
  const special = new Map<number, PlannedChunk>();
  let end = 0;
  for (const [index, chunk] of chunks.entries()) {
    end += chunk.delta.length;
    table[index * 2] = chunk.atMs;
    table[index * 2 + 1] = end;
    if (chunk.isFinal || chunk.error !== undefined) special.set(index, chunk);
  }
  const [specialFrom = chunks.length] = special.keys();
  return { count: chunks.length, startMs, table, text, special, specialFrom };
}

/** With half of the room for each number, where that holds all of them exactly. */
function emptyTable(chunks: readonly PlannedChunk[], text: string): PackedChunks['table'] {
  const isExact =
    text.length <= exactUpTo && chunks.every(({ atMs }) => Math.fround(atMs) === atMs);
  return isExact ? new Float32Array(chunks.length * 2) : new Float64Array(chunks.length * 2);
}

/** When a chunk is due, on the clock of `performance.now()`. */
export function dueOf({ startMs, table }: PackedChunks, index: number): number {
  return startMs + (table[index * 2] ?? 0);
}

/** What is sent of a chunk. */
export function unpackChunk(packed: PackedChunks, index: number): OutgoingChunk {
  const { table, text, special, specialFrom } = packed;
  const kept = index < specialFrom ? undefined : special.get(index);
  if (kept !== undefined) return kept;
  const from = index === 0 ? 0 : table[index * 2 - 1];
  return { delta: text.slice(from, table[index * 2 + 1]), isFinal: false };
}
