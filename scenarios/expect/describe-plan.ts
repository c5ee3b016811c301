import type { FaultRate } from '../../mock-agent/faults/rates.ts';
import { planSha256, type StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { Slowing } from '../../mock-agent/plan/slowing.ts';
import { countChars } from '../../mock-agent/text/tokens.ts';
import { describeFaultRate } from '../../reports/render/words.ts';
import { predictOutcome } from './predict-outcome.ts';

/** Returns a plan as text: the request, the faults, the outcome at a client, and every chunk. */
export function describePlan(plan: StreamPlan, rates: readonly FaultRate[]): string {
  const { scenario, seed, key, prompt, model, faults, acceptAtMs, chunks, end, wire } = plan;
  const { kind, atMs, ...details } = end;
  const foretold = predictOutcome(plan);
  const client = [
    foretold.status,
    foretold.outcome,
    ...(foretold.code === undefined ? [] : [foretold.code]),
    `after ${countChars(foretold.text)} characters`,
  ];
  const timeWidth = String(atMs).length;
  return [
    `scenario  ${scenario}`,
    `seed      ${seed}`,
    `key       ${key}`,
    `prompt    ${JSON.stringify(prompt)}`,
    `model     ${model}`,
    `speed     ${plan.speed}`,
    ...(plan.slowing === undefined ? [] : [`slowing   ${describeSlowing(plan.slowing)}`]),
    `faults    ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    ...rates.map((rate) => `          (${describeFaultRate(rate)})`),
    ...wire.map(({ fault, ...settings }) => `wire      ${fault} ${JSON.stringify(settings)}`),
    `accepted  ${acceptAtMs === null ? 'never' : `at ${acceptAtMs} ms`}`,
    `sends     ${chunks.reduce((chars, { delta }) => chars + countChars(delta), 0)} characters in ${chunks.length} chunks`,
    `end       ${[kind, ...Object.values(details)].join(' ')} at ${atMs} ms`,
    `client    ${client.join(' ')}`,
    `sha256    ${planSha256(plan)}`,
    '',
    ...chunks.map(({ atMs, delta, isFinal, error }) =>
      [
        `${String(atMs).padStart(timeWidth)} ms  ${JSON.stringify(delta)}`,
        isFinal ? '  final' : '',
        error === undefined ? '' : `  error: ${error}`,
      ].join(''),
    ),
    '',
  ].join('\n');
}

function describeSlowing({ above, perStream }: Slowing): string {
  const share = Number((perStream * 100).toPrecision(12));
  return `not in this plan: ${share}% slower for each open stream beyond ${above} when it starts`;
}
