import { z } from 'zod';

/**
 * What a client makes of a stream, the best first.
 *
 * `complete`: success, with the whole text. `told`: an error. `told late`: an error, but only after the
 * server's limit ended the stream. `silent`: success, with a text that is not the whole one. `duplicated`: text
 * of more than one answer, or some of it twice. `hangs`: neither success nor an error, ever. `crashes`: an
 * error outside the client's promise, which ends a process.
 */
const outcomes = [
  'complete',
  'told',
  'told late',
  'silent',
  'duplicated',
  'hangs',
  'crashes',
] as const;

export const outcomeSchema = z.enum(outcomes);

export type Outcome = z.output<typeof outcomeSchema>;

/** What a client made of one case. */
export const observationSchema = z.strictObject({
  outcome: outcomeSchema,
  /** `repeated` is longer than the whole text; `wrong` is neither a part nor the whole. */
  text: z.enum(['whole', 'part', 'none', 'repeated', 'wrong']),
  /** The code of an `error` event, or what the client says; null without an error. */
  error: z.string().nullable(),
  /** The finish reason that the client reports with its success; null where it has none. */
  finishReason: z.string().nullable().default(null),
  /** Requests after the first one, by the client itself. */
  retries: z.union([z.int().min(0), z.literal('for ever')]),
  /** Whether an earlier stream had text before a retry, so that a user has seen some of it. */
  retriesAfterText: z.boolean(),
  /** It retried before `Retry-After` passed. */
  tooEarly: z.boolean(),
});

export type Observation = z.output<typeof observationSchema>;

/** How a client ended, or what it has when it is stopped. */
export interface ClientEnd {
  text: string;
  /** `success` for a client that takes the answer for complete, `none` while it says nothing. */
  end: 'success' | 'error' | 'none' | 'crash';
  error: string | null;
  finishReason?: string | null;
}
