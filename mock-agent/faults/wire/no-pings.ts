import { z } from 'zod';

import { defineWireFault } from './define.ts';

/** Without pings, an idle stream looks like a dead connection. */
export const noPings = defineWireFault({
  name: 'noPings',
  settings: z.strictObject({}),
  clientSees: 'no pings',
  toWireFault: () => ({ fault: 'no-pings' }),
});
