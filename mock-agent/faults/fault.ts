import type { z } from 'zod';

import type { PlannedStream } from '../planned-stream.ts';

/** A property of a fault that the rules about combinations and expectations read. */
export type Trait =
  /** There is a refusal instead of a stream. */
  | 'takesTheStream'
  /** The agent's first response is late. */
  | 'delaysTheHeaders'
  /** The headers of the gateway's response change or are delayed. */
  | 'changesTheHeaders'
  /** The stream stays open and sends nothing more. */
  | 'neverEnds'
  /** Other streams on the agent's connections break as well. */
  | 'reachesOthers'
  /** The body ends before the stream does. */
  | 'cutsTheWire'
  /** Events are split into writes differently. */
  | 'laysOutTheWire'
  /** Events wait in the gateway for later ones or for the end. */
  | 'holdsBack';

/** One way in which a stream can fail: its settings and their effect on a plan. Pure, like the plan. */
export interface Fault<
  S extends z.ZodType = z.ZodType,
  N extends string = string,
  A extends string | number = string | number,
> {
  /** The key in scenarios. */
  name: N;
  /** Which side applies it: the agent, or a gateway at the agent's request. */
  of: 'agent' | 'wire';
  /** Other names that requests and scenarios may use, each with its settings. */
  aliases?: Readonly<Record<A, z.input<S>>>;
  settings: S;
  /** For the documentation; absent for wire faults, which the agent only requests. */
  agentDoes?: string;
  /** For the documentation. */
  clientSees: string;
  traits?: readonly Trait[];
  /** Settings to show people, the shortest first; by default the required ones alone. */
  examples?: readonly z.input<S>[];
  /** Returns undefined if the stream ends before the place of the fault. */
  apply(stream: PlannedStream, settings: z.output<S>): PlannedStream | undefined;
  /** Returns how many characters or chunks it adds to a stream; 0 by default. */
  adds?(settings: z.output<S>): number;
}

/** Defines a fault of the agent. The types of name and settings are kept for scenario objects. */
export function defineFault<
  S extends z.ZodType,
  const N extends string,
  const A extends string | number = never,
>(fault: Omit<Fault<S, N, A>, 'of'> & { agentDoes: string }): Fault<S, N, A> {
  return { ...fault, of: 'agent' };
}
