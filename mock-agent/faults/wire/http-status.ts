import { z } from 'zod';

import { durationSchema } from '../../../proto/notation/duration.ts';
import { defineWireFault } from './define.ts';

const range = 'a status is a whole number from 400 to 599';

/** The gateway responds with an HTTP status instead of the stream, like an overloaded gateway or proxy. */
export const httpStatus = defineWireFault({
  name: 'httpStatus',
  aliases: {
    400: { status: 400 },
    401: { status: 401 },
    403: { status: 403 },
    404: { status: 404 },
    429: { status: 429, retryAfter: '2s' },
    500: { status: 500 },
    502: { status: 502, body: 'page' },
    503: { status: 503, retryAfter: '2s' },
    504: { status: 504, body: 'page' },
    529: { status: 529 },
  },
  settings: z.strictObject({
    status: z
      .int({ error: range })
      .min(400, { error: range })
      .max(599, { error: range })
      .default(503)
      .describe('The HTTP status.'),
    retryAfter: durationSchema
      .refine((ms) => ms % 1000 === 0, { error: 'Retry-After takes whole seconds, such as 2s' })
      .optional()
      .describe('The header Retry-After, in whole seconds; absent by default.'),
    shouldRetry: z
      .boolean()
      .optional()
      .describe(
        'The header x-should-retry: clients of OpenAI and Anthropic retry, or not, whatever the status says.',
      ),
    body: z.enum(['json', 'page']).default('json').describe('The body of the response.'),
  }),
  clientSees:
    "a status from 400 to 599 instead of the stream, with or without `Retry-After` and, in the formats of OpenAI and Anthropic, `x-should-retry`; `body` is the gateway's `json` or the HTML `page` of a proxy",
  examples: [
    { status: 429, retryAfter: '2s' },
    { status: 502, body: 'page' },
  ],
  traits: ['takesTheStream', 'changesTheHeaders'],
  toWireFault: (_, { status, retryAfter, shouldRetry, body }) => ({
    fault: 'status',
    status,
    ...(retryAfter === undefined ? {} : { retryAfterSec: retryAfter / 1000 }),
    ...(shouldRetry === undefined ? {} : { shouldRetry }),
    body,
  }),
});
