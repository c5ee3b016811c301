import type { z } from 'zod';

import type { PlannedStream } from '../planned-stream.ts';

/**
 * One way a stream can go wrong: its settings, and what they do to a plan. Pure, like the plan.
 *
 * A fault whose place a stream does not reach gives undefined: that stream stays as it is.
 */
export interface Fault<S extends z.ZodType = z.ZodType, N extends string = string> {
  /** As a scenario names it. */
  name: N;
  /** Who carries it out: the agent itself, or a gateway on the agent's word. */
  of: 'agent' | 'wire';
  settings: S;
  apply(stream: PlannedStream, settings: z.output<S>): PlannedStream | undefined;
  /** How many characters or chunks it adds to a stream; none where it is left out. */
  adds?(settings: z.output<S>): number;
}

/** A fault of the agent; keeps the types of its name and its settings, for scenarios that programs write. */
export function defineFault<S extends z.ZodType, const N extends string>(
  fault: Omit<Fault<S, N>, 'of'>,
): Fault<S, N> {
  return { ...fault, of: 'agent' };
}
