import { status as grpcStatus } from '@grpc/grpc-js';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { codeOfGrpcStatus, codeOfWireStatus, errorKinds } from '../../proto/error-codes.ts';
import { wireFaultOf, type WireFaultOf } from '../../proto/wire-fault.ts';
import type { Outcome } from '../../reports/sample.ts';

/** What a client of the gateway has in the end, where everything goes by the plan. */
export interface Foretold {
  /** HTTP. */
  status: number;
  outcome: Outcome;
  /** The code of the error, where one is told. */
  code?: string;
  /** What it has read. */
  text: string;
}

/** Foretells the outcome of a planned stream behind a gateway that carries out faults of the wire. */
export function foretell(plan: StreamPlan): Foretold {
  const { wire, text } = plan;
  const inPlace = wireFaultOf(wire, 'status');
  if (plan.acceptAtMs !== null && inPlace !== undefined) {
    const told = inPlace.body === 'json' ? { code: codeOfWireStatus(inPlace.status) } : {};
    return { status: inPlace.status, outcome: 'rejected', ...told, text };
  }
  const natural = foretellEnd(plan);
  if (natural.outcome === 'rejected') return natural;
  if (wireFaultOf(wire, 'content-type')) return { status: 200, outcome: 'rejected', text };
  const broken = foretellBreak(wireFaultOf(wire, 'cut'), eventsOf(plan));
  return broken === undefined ? natural : { status: 200, outcome: broken, text };
}

/** How the agent's end reaches a client. */
function foretellEnd({ acceptAtMs, end, text }: StreamPlan): Foretold {
  switch (end.kind) {
    case 'status': {
      const code = codeOfGrpcStatus(grpcStatus[end.status]);
      return acceptAtMs === null
        ? { status: errorKinds[code].httpStatus, outcome: 'rejected', code, text }
        : { status: 200, outcome: 'failed', code, text };
    }
    case 'error-field':
      return { status: 200, outcome: 'failed', code: 'GENERATION_ERROR', text };
    case 'crash':
    case 'down':
      return { status: 200, outcome: 'failed', code: 'AGENT_UNAVAILABLE', text };
    case 'silence':
      return { status: 200, outcome: 'stalled', text };
    case 'final':
    case 'no-final':
      return { status: 200, outcome: 'completed', text };
  }
}

/** What the wire makes of it: whichever comes first in the text. */
function foretellBreak(
  cut: WireFaultOf<'cut'> | undefined,
  events: readonly WireFaultOf<'event'>[],
): Outcome | undefined {
  const malformed = events.find(({ how }) => how === 'malformed');
  if (malformed && (cut === undefined || malformed.fromChar < cut.afterChars)) return 'malformed';
  if (cut !== undefined) return cut.by === 'reset' ? 'reset' : 'cut';
  const ofFinal = events.find(({ fromChar, toChar }) => fromChar === toChar);
  if (ofFinal?.how === 'duplicated') return 'malformed';
  return ofFinal?.how === 'missing' ? 'cut' : undefined;
}

function eventsOf({ wire }: StreamPlan): WireFaultOf<'event'>[] {
  return wire.filter((fault): fault is WireFaultOf<'event'> => fault.fault === 'event');
}
