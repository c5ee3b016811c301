import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** No ping comes: while nothing is said, an open stream looks like a dead connection. */
export const noPings = defineWireFault({
  name: 'noPings',
  settings: z.strictObject({}),
  clientSees: 'no pings',
  ask: () => ({ fault: 'no-pings' }),
});
