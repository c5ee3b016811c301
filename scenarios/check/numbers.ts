import { z } from 'zod';

/** The numbers of the specification; a gateway that was started with others is judged by those. */
export const numbersSchema = z.strictObject({
  /** The least time between two messages of a stream (D2). */
  pushIntervalMs: z.number().default(50),
  /** The time between two pings (C4). */
  pingIntervalMs: z.number().default(15_000),
  /** The longest a stream may last (C5). */
  streamLimitMs: z.number().default(120_000),
});

export type Numbers = z.output<typeof numbersSchema>;
