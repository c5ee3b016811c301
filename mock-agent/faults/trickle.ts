import { z } from 'zod';

import { durationSchema } from '../../proto/notation/duration.ts';
import type { PlannedChunk } from '../planned-stream.ts';
import { tokenise } from '../text/tokens.ts';
import { defineFault } from './fault.ts';
import { cutAt, placeSchema } from './place.ts';

export const trickle = defineFault({
  name: 'trickle',
  settings: z.strictObject({ at: placeSchema.prefault('start'), interval: durationSchema }),
  agentDoes: 'sends one character at a time',
  examples: [{ interval: '50ms' }],
  clientSees: 'many small messages',
  apply(stream, { at, interval }) {
    const cut = cutAt(stream, at);
    if (cut === undefined) return undefined;
    let atMs = (cut.after[0]?.atMs ?? cut.atMs) - interval;
    const singleChars = cut.after.flatMap((chunk): PlannedChunk[] => {
      let from = 0;
      const graphemes = Array.from(
        tokenise(chunk.delta, { min: 1, max: 1 }, () => 0),
        ({ end }): PlannedChunk => {
          const delta = chunk.delta.slice(from, end);
          from = end;
          return { atMs: (atMs += interval), delta, isFinal: false };
        },
      );
      // A final flag or an error keeps a chunk of its own.
      return chunk.isFinal || chunk.error !== undefined
        ? [...graphemes, { ...chunk, atMs: (atMs += interval), delta: '' }]
        : graphemes;
    });
    return { ...stream, chunks: [...cut.before, ...singleChars], end: { ...stream.end, atMs } };
  },
});
