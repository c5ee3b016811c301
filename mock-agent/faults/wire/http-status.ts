import { z } from 'zod';

import { durationSchema } from '../../../proto/duration.ts';
import { defineWireFault } from './define.ts';

const statuses = [429, 500, 502, 503, 504] as const;

/** An HTTP status in place of the stream, such as a gateway or a proxy gives that is overloaded. */
export const httpStatus = defineWireFault({
  name: 'httpStatus',
  settings: z.strictObject({
    status: z.literal(statuses, { error: `a status is one of ${statuses.join(', ')}` }),
    /** After how long the client may ask again; left out, the answer does not say. */
    retryAfter: durationSchema
      .refine((ms) => ms % 1000 === 0, { error: 'the header Retry-After has whole seconds' })
      .optional(),
    body: z.enum(['json', 'page']).default('json'),
  }),
  ask: (_, { status, retryAfter, body }) => ({
    fault: 'status',
    status,
    ...(retryAfter === undefined ? {} : { retryAfterSec: retryAfter / 1000 }),
    body,
  }),
});
