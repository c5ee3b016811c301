import { z } from 'zod';

import { durationSchema } from '../../proto/notation/duration.ts';
import { defineFault } from './fault.ts';
import { cutAt, placeSchema } from './place.ts';

/** The agent's connection breaks, with every other call on it. */
export const crash = defineFault({
  name: 'crash',
  settings: z.strictObject({ at: placeSchema }),
  agentDoes: 'its connection breaks, with all calls on it',
  clientSees: 'an `AGENT_UNAVAILABLE` error, also in streams that shared the connection',
  traits: ['reachesOthers'],
  apply(stream, { at }) {
    const cut = cutAt(stream, at);
    return cut && { ...stream, chunks: cut.before, end: { kind: 'crash', atMs: cut.atMs } };
  },
});

/** The whole agent goes away and comes back: every connection breaks, none is accepted for a while. */
export const down = defineFault({
  name: 'down',
  settings: z.strictObject({ at: placeSchema.prefault('start'), for: durationSchema }),
  agentDoes: 'all connections break, and none is accepted for that time',
  clientSees: '`AGENT_UNAVAILABLE` for every stream, and a 503 for new requests',
  traits: ['reachesOthers'],
  apply(stream, settings) {
    const cut = cutAt(stream, settings.at);
    return (
      cut && {
        ...stream,
        chunks: cut.before,
        end: { kind: 'down', atMs: cut.atMs, forMs: settings.for },
      }
    );
  },
});
