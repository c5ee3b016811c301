import { z } from 'zod';

import { quirks } from '../../../proto/wire-fault.ts';
import { defineWireFault } from './define.ts';

/** The stream deviates from its own format, as some servers of that format do. */
export const quirk = defineWireFault({
  name: 'quirk',
  settings: z.strictObject({
    kind: z.enum(quirks).default('no-terminator').describe('The deviation.'),
  }),
  clientSees: `a stream with a known deviation from its format, by \`kind\`: ${quirks.map((kind) => `\`${kind}\``).join(', ')}; the specified interface has none`,
  toWireFault: (_, { kind }) => ({ fault: 'quirk', kind }),
});
