import { z } from 'zod';

import { durationSchema } from '../../../proto/notation/duration.ts';
import { defineFault } from '../fault.ts';
import { cutAt, placeOfFault, placeSchema } from '../place.ts';

/** Closes the connection of the call, which ends every other call on it. */
export const crash = defineFault({
  name: 'crash',
  settings: z.strictObject({ at: placeOfFault }),
  agentDoes: 'closes its connection, which ends all calls on it',
  clientSees: 'an `AGENT_UNAVAILABLE` error, also in streams that shared the connection',
  traits: ['reachesOthers'],
  apply(stream, { at }) {
    const cut = cutAt(stream, at);
    return cut && { ...stream, chunks: cut.before, end: { kind: 'crash', atMs: cut.atMs } };
  },
});

/** Closes every connection and accepts none for a while, like an agent that restarts. */
export const down = defineFault({
  name: 'down',
  settings: z.strictObject({
    at: placeSchema.prefault('start'),
    for: durationSchema.prefault('5s'),
  }),
  agentDoes: 'closes all connections, and accepts none for that time',
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
