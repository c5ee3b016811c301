import type { FaultRate } from '../../mock-agent/faults/rates.ts';
import type { PlannedChunk } from '../../mock-agent/planned-stream.ts';
import { planSha256, type StreamPlan } from '../../mock-agent/plan/plan.ts';
import type { Slowing } from '../../mock-agent/plan/slowing.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { describeFaultRate } from '../../reports/render/words.ts';
import { buildAnswer } from '../../proto/dialects/answer.ts';
import type { Dialect } from '../../proto/dialects/dialect.ts';
import type { ToolCallFragment, Usage } from '../../proto/parts.ts';
import type { PlannedAnswer, PlannedBytes } from './answer-in-dialect.ts';
import { planInDialect } from './plan-in-dialect.ts';
import { predictInDialect, predictOutcome } from './predict-outcome.ts';

/**
 * Returns a plan as text: the request, the faults, the outcome at a client, and every chunk.
 * @param shown the plan as a dialect shows it; by default the specified format
 */
export function describePlan(
  plan: StreamPlan,
  rates: readonly FaultRate[],
  shown?: { dialect: Dialect; answer: PlannedAnswer },
): string {
  const { scenario, seed, key, prompt, model, faults, acceptAtMs, chunks, end, wire } = plan;
  const { kind, atMs, ...details } = end;
  const foretold =
    shown === undefined ? predictOutcome(plan) : predictInDialect(planInDialect(plan));
  const client = [
    foretold.status,
    foretold.outcome,
    ...(foretold.code === undefined ? [] : [foretold.code]),
    `after ${countChars(foretold.text)} characters`,
  ];
  return [
    `scenario  ${scenario}`,
    `seed      ${seed}`,
    `key       ${key}`,
    `prompt    ${JSON.stringify(prompt)}`,
    `model     ${model}`,
    ...(shown === undefined ? [] : [`dialect   ${shown.dialect.name}`]),
    `speed     ${plan.speed}`,
    ...(plan.slowing === undefined ? [] : [`slowing   ${describeSlowing(plan.slowing)}`]),
    `faults    ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    ...rates.map((rate) => `          (${describeFaultRate(rate)})`),
    ...wire.map(({ fault, ...settings }) => `wire      ${fault} ${JSON.stringify(settings)}`),
    `accepted  ${acceptAtMs === null ? 'never' : `at ${acceptAtMs} ms`}`,
    `sends     ${chunks.reduce((chars, { delta }) => chars + countChars(delta), 0)} characters in ${chunks.length} chunks`,
    ...describeParts(chunks),
    `end       ${[kind, ...Object.values(details)].join(' ')} at ${atMs} ms`,
    `client    ${client.join(' ')}`,
    `sha256    ${planSha256(plan)}`,
    '',
    ...(shown === undefined ? linesOf(plan) : shown.answer.body.map(describeBytes)),
    '',
  ].join('\n');
}

/** Returns a line for each chunk. */
function linesOf({ chunks, end }: StreamPlan): string[] {
  const timeWidth = String(end.atMs).length;
  return chunks.map((chunk) =>
    [
      `${String(chunk.atMs).padStart(timeWidth)} ms  ${describeContent(chunk)}`,
      chunk.isFinal ? '  final' : '',
      chunk.error === undefined ? '' : `  error: ${chunk.error}`,
    ].join(''),
  );
}

/** Returns a comment of the event stream with the time, then the bytes. */
function describeBytes({ atMs, text }: PlannedBytes): string {
  return `: ${atMs} ms\n${text.replace(/\n$/, '')}`;
}

function describeSlowing({ above, perStream }: Slowing): string {
  const share = Number((perStream * 100).toPrecision(12));
  return `not in this plan: ${share}% slower for each open stream beyond ${above} when it starts`;
}

/** The parts of the whole stream, a line each; none for text alone. */
function describeParts(chunks: readonly PlannedChunk[]): string[] {
  const builder = buildAnswer();
  for (const chunk of chunks) builder.message(chunk);
  const { reasoning, toolCalls, finishReason, usage } = builder.answer();
  return [
    ...(reasoning === '' ? [] : [`reasoning ${countChars(reasoning)} characters`]),
    ...toolCalls.map((call) => `calls     ${call.name} ${call.arguments} as ${call.id}`),
    ...(finishReason === undefined ? [] : [`finish    ${finishReason}`]),
    ...(usage === undefined ? [] : [`usage     ${describeUsage(usage)}`]),
  ];
}

function describeUsage(usage: Usage): string {
  const { inputTokens, outputTokens, reasoningTokens, cachedTokens } = usage;
  return `${inputTokens} tokens in (${cachedTokens} cached), ${outputTokens} out (${reasoningTokens} reasoning)`;
}

/** The content of a chunk in the order in which a client gets it. */
function describeContent({ delta, parts }: PlannedChunk): string {
  const { reasoning, toolCalls = [] } = parts ?? {};
  const content = [
    ...(reasoning === undefined ? [] : [`reasoning ${JSON.stringify(reasoning)}`]),
    ...(delta === '' ? [] : [JSON.stringify(delta)]),
    ...toolCalls.map(describeFragment),
  ];
  return content.length === 0 ? '""' : content.join('  ');
}

function describeFragment({ index, name, arguments: piece }: ToolCallFragment): string {
  return ['call', index, ...(name === '' ? [] : [name]), JSON.stringify(piece)].join(' ');
}
