import type { z } from 'zod';

import { wireFaultOf, type WireFault } from '../../../proto/wire-fault.ts';
import type { PlannedStream } from '../../planned-stream.ts';
import type { Fault } from '../fault.ts';

/** The definition of a wire fault. */
export interface WireFaultDefinition<
  S extends z.ZodType,
  N extends string,
  A extends string | number,
> extends Omit<Fault<S, N, A>, 'of' | 'apply' | 'adds'> {
  /** Returns the request to the gateway; undefined if the fault cannot strike. */
  toWireFault(stream: PlannedStream, settings: z.output<S>): WireFault | undefined;
}

/** Defines a wire fault. It applies after the agent's faults, to the stream that the agent sends. */
export function defineWireFault<
  S extends z.ZodType,
  const N extends string,
  const A extends string | number = never,
>({ toWireFault, ...definition }: WireFaultDefinition<S, N, A>): Fault<S, N, A> {
  return {
    ...definition,
    of: 'wire',
    apply(stream, settings) {
      // A refusal, or an HTTP status instead of the stream, leaves nothing to strike.
      if (stream.acceptAtMs === null || wireFaultOf(stream.wire, 'status')) return undefined;
      const wireFault = toWireFault(stream, settings);
      return wireFault && { ...stream, wire: [...stream.wire, wireFault] };
    },
  };
}
