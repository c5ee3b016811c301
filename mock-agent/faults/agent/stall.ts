import { z } from 'zod';

import { durationSchema } from '../../../proto/notation/duration.ts';
import { delayFrom } from '../../planned-stream.ts';
import { defineFault } from '../fault.ts';
import { cutAt, placeOfFault } from '../place.ts';

export const stall = defineFault({
  name: 'stall',
  settings: z.strictObject({ at: placeOfFault, for: durationSchema.prefault('5s') }),
  agentDoes: 'pauses, then continues',
  clientSees: 'a gap with pings',
  apply(stream, settings) {
    const cut = cutAt(stream, settings.at);
    if (cut === undefined) return undefined;
    const uncut = { ...stream, chunks: [...cut.before, ...cut.after] };
    return delayFrom(uncut, cut.before.length, settings.for);
  },
});
