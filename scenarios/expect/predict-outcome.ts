import { status as grpcStatus } from '@grpc/grpc-js';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { codeOfGrpcStatus, errorKinds } from '../../proto/error-codes.ts';
import {
  cutOutcomes,
  eventEffects,
  eventFaultsOf,
  rejectionBy,
  wireFaultOf,
  type WireFaultOf,
} from '../../proto/wire-fault.ts';
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
  const rejection = rejectionBy(wire);
  if (plan.acceptAtMs !== null && rejection !== undefined) {
    const { status, code } = rejection;
    return { status, outcome: 'rejected', ...(code === undefined ? {} : { code }), text };
  }
  const natural = foretellEnd(plan);
  if (natural.outcome === 'rejected') return natural;
  const broken = foretellBreak(wireFaultOf(wire, 'cut'), eventFaultsOf(wire));
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

/** How faults of the wire break the stream: the first of them in the text decides. */
function foretellBreak(
  cut: WireFaultOf<'cut'> | undefined,
  events: readonly WireFaultOf<'event'>[],
): Outcome | undefined {
  const unreadable = events.find(({ how }) => eventEffects[how].isUnreadable);
  if (unreadable && (cut === undefined || unreadable.fromChar < cut.afterChars)) return 'malformed';
  if (cut !== undefined) return cutOutcomes[cut.by];
  const ofFinal = events.find(({ fromChar, toChar }) => fromChar === toChar);
  return ofFinal && eventEffects[ofFinal.how].finalOutcome;
}
