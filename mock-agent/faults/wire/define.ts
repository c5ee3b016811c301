import type { z } from 'zod';

import { wireFaultOf, type WireFault } from '../../../proto/wire-fault.ts';
import type { PlannedStream } from '../../planned-stream.ts';
import type { Fault } from '../fault.ts';

/** A fault of the wire, as its file defines it. */
export interface WireFaultDefinition<S extends z.ZodType, N extends string> extends Omit<
  Fault<S, N>,
  'of' | 'apply' | 'adds'
> {
  /** Returns the request to the gateway, undefined where the fault cannot strike. */
  ask(stream: PlannedStream, settings: z.output<S>): WireFault | undefined;
}

/** Faults of the wire come after those of the agent: they see the stream as the agent will send it. */
export function defineWireFault<S extends z.ZodType, const N extends string>({
  ask,
  ...definition
}: WireFaultDefinition<S, N>): Fault<S, N> {
  return {
    ...definition,
    of: 'wire',
    apply(stream, chosen) {
      // Where there is no stream, or an HTTP status in its place, nothing is left to strike at.
      if (stream.acceptAtMs === null || wireFaultOf(stream.wire, 'status')) return undefined;
      const request = ask(stream, chosen);
      return request && { ...stream, wire: [...stream.wire, request] };
    },
  };
}
