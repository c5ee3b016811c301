import { textThroughWire } from '../../mock-agent/plan/text-through-wire.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { eventEffects, eventFaultsOf, type WireFault } from '../../proto/wire-fault.ts';
import { usualRetryMs } from '../load/client/resumption.ts';
import { expectOutcome, type Expectation, type StreamBounds } from './expect-outcome.ts';

/**
 * Returns the expectation of a stream over GET, whose client resumes it after a cut: our gateway then sends the
 * text that is missing, and a fault that the client has passed does not strike again.
 * @param first the expectation of its first response
 * @returns null if the plan does not decide the outcome: the pause before the reconnect may exceed a limit, or
 *   faults of single events change what the client has read
 */
export function expectResumed(
  plan: StreamPlan,
  first: Expectation | null,
  bounds: StreamBounds,
): Expectation | null {
  if (first === null) return null;
  const isBreak = first.outcome === 'cut' || first.outcome === 'reset';
  // Without text there is no id to resume after.
  if (!isBreak || first.text === '') return { ...first, isResumed: false };
  const changesText = eventFaultsOf(plan.wire).some(({ fromChar, toChar }) => toChar > fromChar);
  if (first.text === null || changesText) return null;
  const wire = plan.wire.filter((fault) => !strikesOnce(fault));
  const wholePlan = { ...plan, wire, text: textThroughWire({ ...plan, wire }) };
  const expected = expectOutcome(wholePlan, bounds);
  const withPause = expectOutcome(wholePlan, {
    ...bounds,
    idleLimitMs: bounds.idleLimitMs - usualRetryMs,
    streamLimitMs: bounds.streamLimitMs - usualRetryMs,
  });
  if (expected === null || withPause?.outcome !== expected.outcome) return null;
  return { ...expected, isResumed: true };
}

/** Whether a fault breaks a stream, and strikes no more where the client resumes it. */
function strikesOnce(fault: WireFault): boolean {
  if (fault.fault !== 'event') return fault.fault === 'cut';
  return fault.fromChar === fault.toChar && eventEffects[fault.how].finalOutcome === 'cut';
}
