import { z } from 'zod';

import { durationSchema } from '../../proto/notation/duration.ts';
import { delayFrom } from '../planned-stream.ts';
import { defineFault } from './fault.ts';

/** The agent takes its time before its first sign of life; everything else follows as much later. */
export const slowAccept = defineFault({
  name: 'slowAccept',
  settings: z.strictObject({ for: durationSchema }),
  agentDoes: 'delays its first response, and everything after it',
  clientSees: 'the headers come late (a second at most), then the first chunk',
  traits: ['delaysTheHeaders'],
  apply(stream, settings) {
    if (stream.acceptAtMs === null) return undefined;
    const acceptAtMs = stream.acceptAtMs + settings.for;
    return { ...delayFrom(stream, 0, settings.for), acceptAtMs };
  },
});
