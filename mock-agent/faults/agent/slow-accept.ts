import { z } from 'zod';

import { durationSchema } from '../../../proto/notation/duration.ts';
import { delayFrom } from '../../planned-stream.ts';
import { defineFault } from '../fault.ts';

/** Delays the initial metadata, and everything after it by the same time. */
export const slowAccept = defineFault({
  name: 'slowAccept',
  settings: z.strictObject({
    for: durationSchema.prefault('3s').describe('How long the agent takes to accept the call.'),
  }),
  agentDoes: 'delays its first response, and everything after it',
  clientSees: 'headers up to a second late, then a late first chunk',
  traits: ['delaysTheHeaders'],
  apply(stream, settings) {
    if (stream.acceptAtMs === null) return undefined;
    const acceptAtMs = stream.acceptAtMs + settings.for;
    return { ...delayFrom(stream, 0, settings.for), acceptAtMs };
  },
});
