import { textThroughWire } from '../../mock-agent/plan/text-through-wire.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { effectOf, type WireFault } from '../../proto/wire-fault.ts';

/** Returns a plan as a WebSocket of our gateway shows it: faults of the HTTP response and of its frames do not strike. */
export function planOverWebSocket(plan: StreamPlan): StreamPlan {
  if (plan.wire.length === 0) return plan;
  const wire = plan.wire.filter((fault) => effectOf(fault).strikesWebSockets).map(asEvent);
  return { ...plan, wire, text: textThroughWire({ ...plan, wire }) };
}

/** A page that stands for the error is an error event too. */
function asEvent(fault: WireFault): WireFault {
  return fault.fault === 'status' ? { ...fault, body: 'json' } : fault;
}
