import { z } from 'zod';

import { durationSchema } from '../../proto/notation/duration.ts';
import type { Parts } from '../../proto/parts.ts';
import type { PlannedChunk, PlannedEnd, PlannedStream } from '../planned-stream.ts';
import { countChars } from '../../proto/notation/code-points.ts';

/**
 * Where in a stream a fault strikes: before the first chunk, after a number of chunks or characters, at a
 * time after the request, or at the end: after all text, before the final chunk. `underway` is after the first
 * chunk with text, which every stream with text reaches; a stream of one chunk is cut at its end.
 */
export const placeSchema = z.union(
  [
    z.enum(['start', 'underway', 'end']),
    z.strictObject({ chunks: z.int().min(1) }),
    z.strictObject({ chars: z.int().min(1) }).meta({ examples: [{ chars: 40 }] }),
    z.strictObject({ time: durationSchema }).transform(({ time }) => ({ timeMs: time })),
  ],
  { error: 'a place is start, underway, end, or one of {chunks: 5}, {chars: 100}, {time: 2s}' },
);

/** The place of a fault that names none. */
export const placeOfFault = placeSchema.prefault('underway').meta({ examples: [{ chars: 40 }] });

export type Place = z.output<typeof placeSchema>;

/** The two parts of a stream that is cut at a place. */
export interface Cut {
  /** Contains no final chunk. */
  before: PlannedChunk[];
  after: PlannedChunk[];
  /** The time of the cut: when the last chunk before it is sent, or the place's own time. */
  atMs: number;
}

/** Cuts a stream at a place; returns undefined if the stream ends before it. */
export function cutAt({ chunks, end, acceptAtMs }: PlannedStream, place: Place): Cut | undefined {
  if (place === 'end') return cutAtEnd(chunks, end);
  if (place === 'underway' && chunks[firstText(chunks)]?.isFinal) return cutAtEnd(chunks, end);
  const count = countBefore(chunks, end, place);
  if (count === undefined) return undefined;
  const before = chunks.slice(0, count);
  if (before.some((chunk) => chunk.isFinal)) return undefined;
  const lastAtMs = before.at(-1)?.atMs ?? acceptAtMs ?? 0;
  return {
    before,
    after: chunks.slice(count),
    atMs: typeof place === 'object' && 'timeMs' in place ? place.timeMs : lastAtMs,
  };
}

/** Returns the index of the first chunk with text; 0 if there is none. */
function firstText(chunks: readonly PlannedChunk[]): number {
  return Math.max(
    0,
    chunks.findIndex(({ delta }) => delta !== ''),
  );
}

/** Counts the chunks before a place; returns undefined if the stream ends before it. */
function countBefore(
  chunks: readonly PlannedChunk[],
  end: PlannedEnd,
  place: Exclude<Place, 'end'>,
): number | undefined {
  if (place === 'start') return 0;
  if (place === 'underway') return chunks.length === 0 ? undefined : firstText(chunks) + 1;
  if ('timeMs' in place) {
    return place.timeMs < end.atMs
      ? chunks.filter((chunk) => chunk.atMs < place.timeMs).length
      : undefined;
  }
  if ('chunks' in place) return place.chunks < chunks.length ? place.chunks : undefined;
  let chars = 0;
  const index = chunks.findIndex((chunk) => (chars += countChars(chunk.delta)) >= place.chars);
  return index >= 0 && index + 1 < chunks.length ? index + 1 : undefined;
}

/** Cuts after all text, that of the final chunk included; an empty final chunk remains. */
function cutAtEnd(chunks: readonly PlannedChunk[], end: PlannedEnd): Cut | undefined {
  const final = chunks.at(-1);
  if (final === undefined || !final.isFinal) return undefined;
  const text = chunks.slice(0, -1);
  // After a first final chunk the stream is over.
  if (text.some((chunk) => chunk.isFinal)) return undefined;
  const { parts, ...bare } = final;
  const { content, ending } = splitParts(parts);
  return {
    before:
      bare.delta === '' && content.parts === undefined
        ? text
        : [...text, { ...bare, isFinal: false, ...content }],
    after: [{ ...bare, delta: '', ...ending }],
    atMs: end.atMs,
  };
}

/** Separates what belongs to the text of a final chunk from what belongs to its end. */
function splitParts({ reasoning, toolCalls, finishReason, usage }: Parts = {}): {
  content: Pick<PlannedChunk, 'parts'>;
  ending: Pick<PlannedChunk, 'parts'>;
} {
  const content = {
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls === undefined ? {} : { toolCalls }),
  };
  const ending = {
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(usage === undefined ? {} : { usage }),
  };
  return { content: unlessEmpty(content), ending: unlessEmpty(ending) };
}

function unlessEmpty(parts: Parts): Pick<PlannedChunk, 'parts'> {
  return Object.keys(parts).length === 0 ? {} : { parts };
}
