import { z } from 'zod';

import type { PlannedChunk, PlannedStream } from '../../planned-stream.ts';
import { defineFault } from '../fault.ts';
import { cutAt, placeOfFault, type Place } from '../place.ts';

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

/** Sends chunks without text, all at the same time. */
export const emptyChunks = defineFault({
  name: 'emptyChunks',
  settings: z.strictObject({
    at: placeOfFault,
    count: z.int().min(1).max(10_000).default(10).describe('How many.'),
  }),
  agentDoes: 'sends chunks without text',
  clientSees: 'nothing',
  apply: (stream, { at, count }) =>
    insert(
      stream,
      at,
      Array.from({ length: count }, () => ''),
    ),
  adds: ({ count }) => count,
});

const longestChars = 1_000_000;

/** Shared: every huge chunk is a slice of it. */
const longestChunk = 'x'.repeat(longestChars);

/** Sends one chunk far larger than a model's. Its text belongs to the text of the stream. */
export const hugeChunk = defineFault({
  name: 'hugeChunk',
  settings: z.strictObject({
    at: placeOfFault,
    chars: z
      .int()
      .min(1)
      .max(longestChars)
      .default(100_000)
      .describe('How many characters it has.'),
  }),
  agentDoes: 'sends one chunk of that many characters',
  clientSees: 'one large message',
  apply: (stream, { at, chars }) => insert(stream, at, [longestChunk.slice(0, chars)]),
  adds: ({ chars }) => chars,
});
