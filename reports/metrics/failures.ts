import { z } from 'zod';

import { outcomes, type StreamSample } from '../sample.ts';

/** Streams with the same outcome and detail. */
export const failureSchema = z.strictObject({
  outcome: z.enum(outcomes),
  detail: z
    .string()
    .describe('What made it that outcome: an error code, a status, a socket error.'),
  count: z.int().positive(),
});

export type Failure = z.infer<typeof failureSchema>;

const most = 10;

/**
 * Counts the judged streams that did not complete by outcome and detail: the ten most frequent, most first.
 * Ties keep the order of their first sample.
 */
export function countFailures(samples: readonly StreamSample[]): Failure[] {
  const failures = new Map<string, Failure>();
  for (const { phase, outcome, detail } of samples) {
    if (phase !== 'window' || ['completed', 'left', 'censored'].includes(outcome)) continue;
    const name = JSON.stringify([outcome, detail]);
    const failure = failures.get(name) ?? { outcome, detail, count: 0 };
    failure.count += 1;
    failures.set(name, failure);
  }
  return [...failures.values()].sort((a, b) => b.count - a.count).slice(0, most);
}
