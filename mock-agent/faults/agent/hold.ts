import { z } from 'zod';

import { countChars, splitChars } from '../../../proto/notation/code-points.ts';
import type { PlannedChunk, PlannedStream } from '../../planned-stream.ts';
import { defineFault } from '../fault.ts';
import { cutAt, placeSchema, type Cut, type Place } from '../place.ts';

const settings = z.strictObject({
  at: placeSchema.prefault('start').meta({ examples: [{ chars: 40 }] }),
  pings: z.boolean().default(true).describe('Whether pings go on during the hold.'),
});

/** Stops a stream at a place until somebody steps or releases it; all later times shift by the pause. */
export const hold = defineFault({
  name: 'hold',
  settings,
  agentDoes: 'waits at exactly that place until a test or a person releases the stream',
  clientSees: 'the text up to there, then only pings',
  traits: ['neverEnds'],
  apply: (stream, { at, pings }) => holdAt(stream, at, pings),
});

/**
 * Marks the place of a hold in a stream. A place in characters is met exactly: the chunk that contains it
 * becomes two. Returns undefined if the stream ends before.
 */
export function holdAt(
  stream: PlannedStream,
  place: Place,
  pings: boolean,
): PlannedStream | undefined {
  const cut = splitAtPlace(stream, place);
  const [first, ...later] = cut?.after ?? [];
  if (cut === undefined || first === undefined) return undefined;
  return { ...stream, chunks: [...cut.before, { ...first, hold: { pings } }, ...later] };
}

/** Cuts a stream at exactly a place; returns undefined if the stream ends before. */
export function splitAtPlace(stream: PlannedStream, place: Place): Cut | undefined {
  const isExact = typeof place === 'object' && 'chars' in place;
  const chunks = isExact ? splitAt(stream.chunks, place.chars) : stream.chunks;
  return cutAt({ ...stream, chunks }, place);
}

/** Returns the stream that a client sees if nobody releases it: it falls silent at the first hold. */
export function untilHold(stream: PlannedStream): PlannedStream {
  const index = stream.chunks.findIndex((chunk) => chunk.hold !== undefined);
  if (index < 0) return stream;
  const chunks = stream.chunks.slice(0, index);
  const atMs = chunks.at(-1)?.atMs ?? stream.acceptAtMs ?? 0;
  return { ...stream, chunks, end: { kind: 'silence', atMs } };
}

/** Splits the chunk that contains the last of `chars` code points behind that one. */
function splitAt(chunks: readonly PlannedChunk[], chars: number): PlannedChunk[] {
  let before = 0;
  return chunks.flatMap((chunk) => {
    const start = before;
    before += countChars(chunk.delta);
    // After all text, the end of the stream is left.
    const isInside = start < chars && (chunk.isFinal ? chars <= before : chars < before);
    return isInside ? splitChunk(chunk, chars - start) : [chunk];
  });
}

/** Reasoning comes before the text of a chunk, everything else after it. */
function splitChunk(
  { delta, isFinal, error, parts = {}, hold: held, atMs }: PlannedChunk,
  chars: number,
): [PlannedChunk, PlannedChunk] {
  const [head, tail] = splitChars(delta, chars);
  const { reasoning, ...others } = parts;
  return [
    {
      atMs,
      delta: head,
      isFinal: false,
      ...(reasoning === undefined ? {} : { parts: { reasoning } }),
      ...(held === undefined ? {} : { hold: held }),
    },
    {
      atMs,
      delta: tail,
      isFinal,
      ...(error === undefined ? {} : { error }),
      ...(Object.keys(others).length === 0 ? {} : { parts: others }),
    },
  ];
}
