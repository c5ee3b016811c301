import { z } from 'zod';

import { durationSchema } from '../../../proto/notation/duration.ts';
import { defineWireFault } from './define.ts';

const range = 'a status is a whole number from 400 to 599';

/** An HTTP status in place of the stream, such as a gateway or a proxy gives that is overloaded. */
export const httpStatus = defineWireFault({
  name: 'httpStatus',
  settings: z.strictObject({
    status: z.int({ error: range }).min(400, { error: range }).max(599, { error: range }),
    /** After how long the client may ask again; left out, the answer does not say. */
    retryAfter: durationSchema
      .refine((ms) => ms % 1000 === 0, { error: 'the header Retry-After has whole seconds' })
      .optional(),
    body: z.enum(['json', 'page']).default('json'),
  }),
  clientSees:
    "a status from 400 to 599 in place of the stream, with or without `Retry-After`; `body` is the gateway's `json` or the HTML `page` of a proxy",
  traits: ['takesTheStream', 'changesTheHeaders'],
  ask: (_, { status, retryAfter, body }) => ({
    fault: 'status',
    status,
    ...(retryAfter === undefined ? {} : { retryAfterSec: retryAfter / 1000 }),
    body,
  }),
});
