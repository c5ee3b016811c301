import { z } from 'zod';

import { wireFaultOf, type WireFaultOf } from '../../../proto/wire-fault.ts';
import type { PlannedChunk, PlannedEnd } from '../../planned-stream.ts';
import { cutAt, placeOfFault } from '../place.ts';
import { charsOf, partsOf } from './positions.ts';
import { defineWireFault } from './define.ts';

const settings = z.strictObject({
  at: placeOfFault,
  midEvent: z
    .boolean()
    .default(false)
    .describe('Whether half of the next event is sent before the cut.'),
});

/** Whether another event follows, so that its first half can be sent. */
function hasEvent(chunks: readonly PlannedChunk[], end: PlannedEnd): boolean {
  return end.kind !== 'silence' || chunks.some(({ delta, isFinal }) => delta !== '' || isFinal);
}

function defineCut<const N extends string, const A extends string = never>(
  name: N,
  by: WireFaultOf<'cut'>['by'],
  clientSees: string,
  aliases?: Readonly<Record<A, object>>,
) {
  return defineWireFault({
    name,
    ...(aliases && { aliases }),
    settings,
    clientSees,
    traits: ['cutsTheWire'],
    examples: [{ at: { chars: 40 } }, { at: { chars: 40 }, midEvent: true }],
    toWireFault(stream, { at, midEvent }) {
      const cut = cutAt(stream, at);
      // A stream is cut only once.
      if (cut === undefined || wireFaultOf(stream.wire, 'cut')) return undefined;
      if (midEvent && !hasEvent(cut.after, stream.end)) return undefined;
      const afterMs = Math.max(0, cut.atMs - (stream.acceptAtMs ?? 0));
      const afterParts = partsOf(cut.before);
      return {
        fault: 'cut',
        by,
        afterChars: charsOf(cut.before),
        ...(afterParts === 0 ? {} : { afterParts }),
        afterMs,
        midEvent,
      };
    },
  });
}

const dropConnection = defineCut(
  'dropConnection',
  'fin',
  'the connection closes cleanly (FIN) in the middle of the body; over HTTP/2 its stream ends with RST_STREAM',
  { cut: {} },
);

const resetConnection = defineCut(
  'resetConnection',
  'reset',
  'the connection breaks (RST); over HTTP/2 with all of its streams',
  {
    reset: {},
  },
);

const truncate = defineCut('truncate', 'end', 'the body ends properly, without the final message');

/** In the order of their application. */
export const cutFaults = [dropConnection, resetConnection, truncate] as const;
