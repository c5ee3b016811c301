import type { PlannedChunk } from '../../mock-agent/planned-stream.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { textThroughWire } from '../../mock-agent/plan/text-through-wire.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import type { WireFault, WireFaultOf } from '../../proto/wire-fault.ts';

/**
 * Returns a plan with the faults and the text of a client that reads a dialect: a fault of a message without
 * text, which the specified format has at the next message with text, leaves the text as it is.
 */
export function planInDialect(plan: StreamPlan): StreamPlan {
  const wire = plan.wire.flatMap((fault): WireFault[] => {
    if (fault.fault !== 'event') return [fault];
    // After an unreadable message nothing is read, whether it has text or not.
    if (fault.how === 'malformed' || !isOfPart(fault, plan.chunks)) return [fault];
    return [];
  });
  return { ...plan, wire, text: textThroughWire({ chunks: plan.chunks, wire }) };
}

/** Whether a chunk is shown by dialects alone. */
function isPartAlone({ delta, parts }: PlannedChunk): boolean {
  return delta === '' && parts !== undefined;
}

/** Whether a fault strikes a message without text, or swaps one with text and one without. */
function isOfPart(
  { how, part, toChar }: WireFaultOf<'event'>,
  chunks: readonly PlannedChunk[],
): boolean {
  if (part !== undefined) return true;
  if (how !== 'swapped') return false;
  let chars = 0;
  const next = chunks.findIndex(
    ({ delta }) => delta !== '' && (chars += countChars(delta)) >= toChar,
  );
  const after = chunks[next + 1];
  return after !== undefined && isPartAlone(after) && !after.isFinal;
}
