import { z } from 'zod';

import { defineFault } from '../fault.ts';
import { cutAt, placeOfFault } from '../place.ts';

/** Sends nothing more and keeps the call open: an endless stall, hidden by the gateway's pings. */
export const silence = defineFault({
  name: 'silence',
  settings: z.strictObject({ at: placeOfFault }),
  agentDoes: 'sends nothing more and keeps the call open',
  clientSees: "pings, then the gateway's `TIMEOUT` error",
  traits: ['neverEnds'],
  apply(stream, { at }) {
    const cut = cutAt(stream, at);
    return cut && { ...stream, chunks: cut.before, end: { kind: 'silence', atMs: cut.atMs } };
  },
});
