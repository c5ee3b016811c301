import { z } from 'zod';

import { defineFault } from '../fault.ts';
import { cutAt, placeSchema } from '../place.ts';

/** Sends everything after a place at once, at the planned end. */
export const burst = defineFault({
  name: 'burst',
  settings: z.strictObject({ at: placeSchema.prefault('start') }),
  agentDoes: 'sends everything at once at the end',
  clientSees: 'one large message',
  apply(stream, { at }) {
    const cut = cutAt(stream, at);
    if (cut === undefined) return undefined;
    const { atMs } = stream.end;
    return {
      ...stream,
      chunks: [...cut.before, ...cut.after.map((chunk) => ({ ...chunk, atMs }))],
    };
  },
});
