import { z } from 'zod';

/** The result of a generation for a client, as stored in `client-observations/`. */
export const observationSchema = z.strictObject({
  /** `repeated` is longer than the whole text; `wrong` is neither a part nor the whole. */
  text: z.enum(['whole', 'part', 'none', 'repeated', 'wrong']),
  /** `final`, the code of an `error` event, the client's own message, or null without any. */
  error: z.string().nullable(),
  /** Whether the client retried on its own, and whether it ever stopped. */
  retries: z.enum(['no', 'yes', 'for ever']),
  /** It retried before `Retry-After` passed. */
  tooEarly: z.boolean(),
  /** It waited for text until the limit of the server, or longer. */
  hangs: z.boolean(),
});

export type Observation = z.output<typeof observationSchema>;
