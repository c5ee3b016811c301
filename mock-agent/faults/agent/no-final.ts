import { z } from 'zod';

import { defineFault } from '../fault.ts';
import { cutAt } from '../place.ts';

/** Sends all text and ends the call with OK, without a final chunk. */
export const noFinal = defineFault({
  name: 'noFinal',
  settings: z.strictObject({}),
  agentDoes: 'ends with OK without a final chunk',
  clientSees: 'a complete stream: the gateway adds the final message',
  apply(stream) {
    const cut = cutAt(stream, 'end');
    return cut && { ...stream, chunks: cut.before, end: { kind: 'no-final', atMs: cut.atMs } };
  },
});
