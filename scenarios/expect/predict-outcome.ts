import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { codeOfGrpcStatus, errorKinds, type ErrorCode } from '../../proto/error-codes.ts';
import {
  cutOutcomes,
  eventEffects,
  textFaultsOf,
  rejectionBy,
  wireFaultOf,
  type WireFaultOf,
} from '../../proto/wire-fault.ts';
import type { Outcome } from '../../reports/sample.ts';

/** The outcome of a planned stream at a client of the gateway. */
export interface PredictedOutcome {
  /** The HTTP status. */
  status: number;
  outcome: Outcome;
  /** The code of the error, if there is one. */
  code?: ErrorCode;
  /** The text that the client has read. */
  text: string;
}

/** Returns the outcome of a planned stream behind a gateway that executes wire faults. */
export function predictOutcome(plan: StreamPlan): PredictedOutcome {
  const { wire, text } = plan;
  const rejection = rejectionBy(wire);
  if (plan.acceptAtMs !== null && rejection !== undefined) {
    const { status, code } = rejection;
    return { status, outcome: 'rejected', ...(code === undefined ? {} : { code }), text };
  }
  const withoutWire = predictEnd(plan);
  if (withoutWire.outcome === 'rejected') return withoutWire;
  const broken = predictBreak(wireFaultOf(wire, 'cut'), textFaultsOf(wire));
  return broken === undefined ? withoutWire : { status: 200, outcome: broken, text };
}

/** Returns the outcome of a planned stream, as its dialect shows it, at a client of the dialect. */
export function predictInDialect(plan: StreamPlan): PredictedOutcome {
  const predicted = predictOutcome(plan);
  const hasNoEnd = wireFaultOf(plan.wire, 'quirk')?.kind === 'no-terminator';
  return hasNoEnd && predicted.outcome === 'completed'
    ? { ...predicted, outcome: 'cut' }
    : predicted;
}

/** Returns how the agent's end reaches a client without wire faults. */
function predictEnd({ acceptAtMs, end, text }: StreamPlan): PredictedOutcome {
  switch (end.kind) {
    case 'status': {
      const code = codeOfGrpcStatus(end.status);
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

/** Returns how wire faults break the stream: the first of them in the text decides. */
function predictBreak(
  cut: WireFaultOf<'cut'> | undefined,
  events: readonly WireFaultOf<'event'>[],
): Outcome | undefined {
  const unreadable = events.find(({ how }) => eventEffects[how].isUnreadable);
  if (unreadable && (cut === undefined || unreadable.fromChar < cut.afterChars)) return 'malformed';
  if (cut !== undefined) return cutOutcomes[cut.by];
  const finalFault = events.find(({ fromChar, toChar }) => fromChar === toChar);
  return finalFault && eventEffects[finalFault.how].finalOutcome;
}
