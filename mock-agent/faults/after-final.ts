import { z } from 'zod';

import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import type { PlannedStream } from '../planned-stream.ts';
import { defineFault } from './fault.ts';

function append(stream: PlannedStream, delta: string, isFinal: boolean): PlannedStream | undefined {
  if (stream.end.kind !== 'final') return undefined;
  return { ...stream, chunks: [...stream.chunks, { atMs: stream.end.atMs, delta, isFinal }] };
}

/** A second final chunk follows the first. */
export const finalTwice = defineFault({
  name: 'finalTwice',
  settings: z.strictObject({}),
  apply: (stream) => append(stream, '', true),
});

/** Text follows the final chunk, though nothing may. */
export const textAfterFinal = defineFault({
  name: 'textAfterFinal',
  settings: z.strictObject({ text: wellFormedText.min(1).default('too late') }),
  apply: (stream, { text }) => append(stream, text, false),
});
