import { textThroughWire } from '../../mock-agent/plan/text-through-wire.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { WireFault } from '../../proto/wire-fault.ts';

/** Returns a plan as a WebSocket of our gateway shows it: faults of the HTTP response and of its frames do not strike. */
export function planOverWebSocket(plan: StreamPlan): StreamPlan {
  if (plan.wire.length === 0) return plan;
  const wire = plan.wire.flatMap(overWebSocket);
  return { ...plan, wire, text: textThroughWire({ ...plan, wire }) };
}

function overWebSocket(fault: WireFault): WireFault[] {
  switch (fault.fault) {
    case 'cut':
    case 'event':
    case 'no-pings':
      return [fault];
    case 'status':
      // A page that stands for the error is an error event too.
      return [{ ...fault, body: 'json' }];
    case 'content-type':
    case 'frames':
    case 'crlf':
    case 'quirk':
      return [];
  }
}
