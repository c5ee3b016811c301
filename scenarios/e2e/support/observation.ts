import { z } from 'zod';

/** What became of a generation at a client, as the files in `clients-seen/` have it. */
export const seenSchema = z.strictObject({
  /** `repeated` is more than the whole, `wrong` neither that nor a part of it. */
  text: z.enum(['whole', 'part', 'none', 'repeated', 'wrong']),
  /** `final`, the code of an `error` event, the client's own words, or null where it said nothing. */
  told: z.string().nullable(),
  /** Whether it asked once more without being told to, and with no end in sight. */
  askedAgain: z.enum(['no', 'yes', 'for ever']),
  /** It asked before `Retry-After` was over. */
  tooEarly: z.boolean(),
  /** It waited for text until the server had enough of it, or even longer. */
  hangs: z.boolean(),
});

export type Seen = z.output<typeof seenSchema>;
