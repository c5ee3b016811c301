import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { predictOutcome } from '../expect/predict-outcome.ts';
import { planOf } from '../expect/plan-request.ts';
import { wireFaultOf } from '../../proto/wire-fault.ts';
import type { ClientCase } from './client-cases.ts';
import { judgeText } from './judge-text.ts';
import type { Outcome } from './observation.ts';

/**
 * Returns what a good client may make of a case: a complete stream is read to its end, any other is reported.
 * Where text is lost, doubled or swapped without a trace, no outcome is the client's fault.
 */
export function acceptedOutcomes(clientCase: ClientCase): readonly Outcome[] {
  const { scenario, prompt } = clientCase;
  const plan: StreamPlan = planOf(scenario, { prompt });
  const { outcome, text } = predictOutcome(plan);
  if (outcome !== 'completed') return ['complete', 'told'];
  if (judgeText(text, clientCase, [undefined]) !== 'whole') {
    return ['complete', 'told', 'silent', 'duplicated'];
  }
  // A stream that deviates from its format may be refused.
  return wireFaultOf(plan.wire, 'quirk') === undefined ? ['complete'] : ['complete', 'told'];
}
