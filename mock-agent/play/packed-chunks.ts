import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { Parts } from '../../proto/parts.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import type { Hold } from '../../proto/stream-commands.ts';
import type { PlannedChunk } from '../planned-stream.ts';

/**
 * The chunks of a stream in play, in a tenth of a plan's memory.
 *
 * An agent with a thousand streams returns to each about every 50 ms. By then its data is in no processor
 * cache, so the cost of a chunk is its number of memory lookups: here one row of a table, and the text.
 */
export interface PackedChunks {
  count: number;
  /** Two numbers per chunk: its send time in milliseconds after the request, and the end of its text. */
  table: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  /** The text of all chunks that are not in `special`. */
  text: string;
  /**
   * Final chunks, those with an error or with parts, and long ones, whose text may be shared by many
   * streams. The first is at `specialFrom`; a stream of text alone hardly ever has more than one.
   */
  special: ReadonlyMap<number, PlannedChunk>;
  specialFrom: number;
  /** The holds, each by the chunk before which it is, in order. */
  holds: ReadonlyMap<number, Hold>;
  /** Whether there is a long chunk. */
  hasLong: boolean;
}

/** The largest integer up to which a 32-bit float is exact. */
const exactUpTo = 2 ** 24;

/** Longer chunks, in code units, keep a string of their own. */
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
  const holds = new Map(
    [...chunks.entries()].flatMap(([index, { hold }]) => (hold ? [[index, hold] as const] : [])),
  );
  return { holds, count: chunks.length, table, text, special, specialFrom, hasLong };
}

function isSpecial(chunk: PlannedChunk): boolean {
  return chunk.isFinal || chunk.error !== undefined || chunk.parts !== undefined || isLong(chunk);
}

function isLong({ delta }: PlannedChunk): boolean {
  return delta.length > longUnits;
}

/** Uses 32-bit floats if they represent all numbers exactly. */
function emptyTable(chunks: readonly PlannedChunk[], text: string): PackedChunks['table'] {
  const isExact =
    text.length <= exactUpTo && chunks.every(({ atMs }) => Math.fround(atMs) === atMs);
  return isExact ? new Float32Array(chunks.length * 2) : new Float64Array(chunks.length * 2);
}

/** Returns the send time of a chunk, in milliseconds after the request. */
export function offsetOf({ table }: PackedChunks, index: number): number {
  return table[index * 2] ?? 0;
}

/** Returns the message for a chunk. */
export function unpackChunk(packed: PackedChunks, index: number): OutgoingChunk {
  const { table, text, special, specialFrom } = packed;
  const specialChunk = index < specialFrom ? undefined : special.get(index);
  if (specialChunk !== undefined) return specialChunk;
  const from = index === 0 ? 0 : table[index * 2 - 1];
  return { delta: text.slice(from, table[index * 2 + 1]), isFinal: false };
}

/** Returns the chunks as they were before they were packed. */
export function unpackChunks(packed: PackedChunks): PlannedChunk[] {
  return Array.from({ length: packed.count }, (_, index) => {
    const { delta = '', isFinal = false, error, parts } = unpackChunk(packed, index);
    const hold = packed.holds.get(index);
    return {
      atMs: offsetOf(packed, index),
      delta,
      isFinal,
      ...(error === undefined ? {} : { error }),
      ...(parts === undefined ? {} : { parts }),
      ...(hold === undefined ? {} : { hold }),
    };
  });
}

/** Returns the chunks with a hold before the first one. */
export function heldAtStart(packed: PackedChunks): PackedChunks {
  return { ...packed, holds: new Map([[0, { pings: true }], ...packed.holds]) };
}

/** Returns the index of the first hold at or after a chunk; the number of chunks if there is none. */
export function nextHold({ holds, count }: PackedChunks, from: number): number {
  for (const index of holds.keys()) if (index >= from) return index;
  return count;
}

/** Counts the code points of the first chunks, and those chunks that have parts and no text. */
export function positionIn(
  { table, text, special }: PackedChunks,
  chunks: number,
): { chars: number; parts: number } {
  let chars = countChars(text, 0, chunks === 0 ? 0 : table[chunks * 2 - 1]);
  let parts = 0;
  for (const [index, chunk] of special) {
    if (index >= chunks) break;
    chars += countChars(chunk.delta);
    if (chunk.delta === '' && chunk.parts !== undefined) parts += 1;
  }
  return { chars, parts };
}

const beyondLatin1 = /[^\0-\u00ff]/;

/** How much memory chunks take that no other stream shares, in bytes; long texts are not counted. */
export function bytesOf(packed: PackedChunks): number {
  let bytes = packed.table.byteLength + bytesOfText(packed);
  for (const { parts } of packed.special.values()) {
    if (parts !== undefined) bytes += partsBytes + unitsOfParts(parts) * 2;
  }
  return bytes;
}

export function bytesOfText({ text }: PackedChunks): number {
  return text.length * (beyondLatin1.test(text) ? 2 : 1);
}

/** About what a chunk with parts takes beside their text: its objects, its strings, its place in the map. */
const partsBytes = 400;

function unitsOfParts({ reasoning = '', toolCalls = [] }: Parts): number {
  return toolCalls.reduce((units, call) => units + call.arguments.length, reasoning.length);
}
