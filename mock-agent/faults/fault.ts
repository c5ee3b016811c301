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
  /** Who carries it out: the agent itself, or a gateway on the agent's word. */
  of: 'agent' | 'wire';
  settings: S;
  apply(stream: PlannedStream, settings: z.output<S>): PlannedStream | undefined;
}

/** A fault of the agent; keeps the type of its settings for its own `apply`. */
export function defineFault<S extends z.ZodType>(fault: Omit<Fault<S>, 'of'>): Fault<S> {
  return { ...fault, of: 'agent' };
}
