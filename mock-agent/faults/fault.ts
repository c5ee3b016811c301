import type { z } from 'zod';

import type { PlannedStream } from '../planned-stream.ts';

/** What the rules about combinations and about expectations need to know of a fault. */
export type Trait =
  /** A refusal takes the place of the stream. */
  | 'takesTheStream'
  /** The agent's first response comes late. */
  | 'delaysTheHeaders'
  /** The headers of the gateway's response change or wait. */
  | 'changesTheHeaders'
  /** The stream stays open and sends nothing more. */
  | 'neverEnds'
  /** Other streams on the agent's connections break as well. */
  | 'reachesOthers'
  /** The body ends before the stream does. */
  | 'cutsTheWire'
  /** Events are divided into writes in another way. */
  | 'laysOutTheWire'
  /** Events wait in the gateway for later ones, or for the end. */
  | 'holdsBack';

/** One way a stream can go wrong: its settings, and what they do to a plan. Pure, like the plan. */
export interface Fault<S extends z.ZodType = z.ZodType, N extends string = string> {
  /** As a scenario names it. */
  name: N;
  /** Who carries it out: the agent itself, or a gateway at the agent's request. */
  of: 'agent' | 'wire';
  settings: S;
  /** For the documentation; left out by faults of the wire, which the agent only requests. */
  agentDoes?: string;
  /** For the documentation: what a client of the gateway sees. */
  clientSees: string;
  traits?: readonly Trait[];
  /** Returns undefined where the stream does not reach the fault's place: it stays as it is. */
  apply(stream: PlannedStream, settings: z.output<S>): PlannedStream | undefined;
  /** How many characters or chunks it adds to a stream; 0 by default. */
  adds?(settings: z.output<S>): number;
}

/** A fault of the agent; keeps the types of its name and its settings, for scenarios that programs write. */
export function defineFault<S extends z.ZodType, const N extends string>(
  fault: Omit<Fault<S, N>, 'of'> & { agentDoes: string },
): Fault<S, N> {
  return { ...fault, of: 'agent' };
}
