import type { z } from 'zod';

import { wireFaultOf, type WireFault } from '../../../proto/wire-fault.ts';
import type { PlannedStream } from '../../planned-stream.ts';
import type { Fault } from '../fault.ts';

/** A fault of the wire: what the gateway is asked to do to a stream, undefined where it cannot strike. */
export interface WireFaultDefinition<S extends z.ZodType, N extends string> {
  name: N;
  settings: S;
  ask(stream: PlannedStream, settings: z.output<S>): WireFault | undefined;
}

/** Faults of the wire come after those of the agent: they see the stream as the agent will send it. */
export function defineWireFault<S extends z.ZodType, const N extends string>({
  name,
  settings,
  ask,
}: WireFaultDefinition<S, N>): Fault<S, N> {
  return {
    name,
    of: 'wire',
    settings,
    apply(stream, chosen) {
      // Where there is no stream, or an HTTP status in its place, nothing is left to strike at.
      if (stream.acceptAtMs === null || wireFaultOf(stream.wire, 'status')) return undefined;
      const asked = ask(stream, chosen);
      return asked && { ...stream, wire: [...stream.wire, asked] };
    },
  };
}
