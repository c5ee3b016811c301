import { z } from 'zod';

import { wellFormedText } from '../../../proto/notation/well-formed-text.ts';
import type { PlannedStream } from '../../planned-stream.ts';
import { defineFault } from '../fault.ts';

function append(stream: PlannedStream, delta: string, isFinal: boolean): PlannedStream | undefined {
  if (stream.end.kind !== 'final') return undefined;
  return { ...stream, chunks: [...stream.chunks, { atMs: stream.end.atMs, delta, isFinal }] };
}

export const finalTwice = defineFault({
  name: 'finalTwice',
  settings: z.strictObject({}),
  agentDoes: 'sends a second final chunk',
  clientSees: 'a complete stream, which ends with the first final message',
  apply: (stream) => append(stream, '', true),
});

/** Text follows the final chunk, which B3 forbids. */
export const textAfterFinal = defineFault({
  name: 'textAfterFinal',
  settings: z.strictObject({
    text: wellFormedText.min(1).default('too late').describe('The text after the final chunk.'),
  }),
  agentDoes: 'sends text after the final chunk',
  clientSees: 'a complete stream without that text',
  apply: (stream, { text }) => append(stream, text, false),
});
