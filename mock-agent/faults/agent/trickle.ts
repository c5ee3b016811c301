import { z } from 'zod';

import { durationSchema } from '../../../proto/notation/duration.ts';
import type { PlannedChunk } from '../../planned-stream.ts';
import { tokenise } from '../../text/tokens.ts';
import { defineFault } from '../fault.ts';
import { cutAt, placeSchema } from '../place.ts';

export const trickle = defineFault({
  name: 'trickle',
  settings: z.strictObject({
    at: placeSchema.prefault('start'),
    interval: durationSchema.prefault('50ms').describe('Time from character to character.'),
  }),
  agentDoes: 'sends one character at a time',
  examples: [{ interval: '50ms' }],
  clientSees: 'many small messages',
  apply(stream, { at, interval }) {
    const cut = cutAt(stream, at);
    if (cut === undefined) return undefined;
    let atMs = (cut.after[0]?.atMs ?? cut.atMs) - interval;
    const next = (chunk: Omit<PlannedChunk, 'atMs' | 'isFinal'>): PlannedChunk => {
      atMs += interval;
      return { atMs, ...chunk, isFinal: false };
    };
    const singleChars = cut.after.flatMap(({ parts, hold, ...chunk }): PlannedChunk[] => {
      const { reasoning = '', ...others } = parts ?? {};
      const hasOthers = Object.keys(others).length > 0;
      const graphemes = [
        ...graphemesOf(reasoning).map((each) => next({ delta: '', parts: { reasoning: each } })),
        ...graphemesOf(chunk.delta).map((delta) => next({ delta })),
      ];
      // A final flag, an error and parts other than reasoning keep a chunk of their own.
      if (chunk.isFinal || chunk.error !== undefined || hasOthers) {
        atMs += interval;
        graphemes.push({ ...chunk, atMs, delta: '', ...(hasOthers && { parts: others }) });
      }
      const [first, ...later] = graphemes;
      return hold === undefined || first === undefined ? graphemes : [{ ...first, hold }, ...later];
    });
    return { ...stream, chunks: [...cut.before, ...singleChars], end: { ...stream.end, atMs } };
  },
});

function graphemesOf(text: string): string[] {
  let from = 0;
  return Array.from(
    tokenise(text, { min: 1, max: 1 }, () => 0),
    ({ end }) => {
      const grapheme = text.slice(from, end);
      from = end;
      return grapheme;
    },
  );
}
