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
  /** Of each chunk, when it leaves, on the clock of `performance.now()`, and where its text ends. */
  table: Float64Array;
  text: string;
  /** Final ones and those with an error; hardly ever more than one, and from `specialFrom` on. */
  special: ReadonlyMap<number, PlannedChunk>;
  specialFrom: number;
}

/** @param startMs when the request came, on the clock of `performance.now()` */
export function packChunks(chunks: readonly PlannedChunk[], startMs: number): PackedChunks {
  const table = new Float64Array(chunks.length * 2);
  const special = new Map<number, PlannedChunk>();
  let end = 0;
  for (const [index, chunk] of chunks.entries()) {
    end += chunk.delta.length;
    table[index * 2] = startMs + chunk.atMs;
    table[index * 2 + 1] = end;
    if (chunk.isFinal || chunk.error !== undefined) special.set(index, chunk);
  }
  const [specialFrom = chunks.length] = special.keys();
  const text = chunks.map(({ delta }) => delta).join('');
  return { count: chunks.length, table, text, special, specialFrom };
}

/** When a chunk is due, on the clock of `performance.now()`. */
export function dueOf({ table }: PackedChunks, index: number): number {
  return table[index * 2] ?? 0;
}

/** What is sent of a chunk. */
export function unpackChunk(packed: PackedChunks, index: number): OutgoingChunk {
  const { table, text, special, specialFrom } = packed;
  const kept = index < specialFrom ? undefined : special.get(index);
  if (kept !== undefined) return kept;
  const from = index === 0 ? 0 : table[index * 2 - 1];
  return { delta: text.slice(from, table[index * 2 + 1]), isFinal: false };
}
