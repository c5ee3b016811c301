import { z } from 'zod';

import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { defineFault } from './fault.ts';
import { cutAt, placeSchema, type Place } from './place.ts';

function insert(
  stream: PlannedStream,
  place: Place,
  deltas: readonly string[],
): PlannedStream | undefined {
  const cut = cutAt(stream, place);
  if (cut === undefined) return undefined;
  const extra = deltas.map((delta): PlannedChunk => ({ atMs: cut.atMs, delta, isFinal: false }));
  return { ...stream, chunks: [...cut.before, ...extra, ...cut.after] };
}

/** Chunks without text, at one moment. */
export const emptyChunks = defineFault({
  name: 'emptyChunks',
  settings: z.strictObject({ at: placeSchema, count: z.int().min(1).max(10_000).default(10) }),
  apply: (stream, { at, count }) =>
    insert(
      stream,
      at,
      Array.from({ length: count }, () => ''),
    ),
});

/** One chunk far larger than any model sends; its text is part of what the stream says. */
export const hugeChunk = defineFault({
  name: 'hugeChunk',
  settings: z.strictObject({
    at: placeSchema,
    chars: z.int().min(1).max(1_000_000).default(100_000),
  }),
  apply: (stream, { at, chars }) => insert(stream, at, ['x'.repeat(chars)]),
});
