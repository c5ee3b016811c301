import type { z } from 'zod';

import type { PlannedStream } from '../planned-stream.ts';

/**
 * One way a stream can go wrong: its settings, and what they do to a plan. Pure, like the plan.
 *
 * A fault whose place a stream does not reach gives undefined: that stream stays as it is.
 */
export interface Fault<S extends z.ZodType = z.ZodType> {
  /** As a scenario names it. */
  name: string;
  settings: S;
  apply(stream: PlannedStream, settings: z.output<S>): PlannedStream | undefined;
}

/** Keeps the type of a fault's settings for its own `apply`. */
export function defineFault<S extends z.ZodType>(fault: Fault<S>): Fault<S> {
  return fault;
}
