import { createHash } from 'node:crypto';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { movesText } from '../../proto/wire-fault.ts';
import type {
  Arrival,
  Arrivals,
  ExpectedOutcome,
  PlannedComparison,
  StreamSample,
} from '../../reports/sample.ts';
import type { Expectation } from './expect-outcome.ts';

/**
 * Compares the sample of a stream with its plan.
 *
 * A message is due when the plan has its first character, or one push interval after the previous
 * message, whichever is later; its lateness is the time from then to its arrival. If it lacks text that
 * was due before it arrived, the time since that text was due counts instead, if longer. So the spacing
 * that the specification demands (D2) is not lateness, and no chunk hides behind it. Lateness includes
 * client, gateway, agent and transport.
 *
 * Lateness is empty if a wire fault moves text (repeats or delays messages).
 *
 * The text is compared with the text that the plan has a client read. If the stream ended otherwise than
 * expected, it is compared only if it completed, because a broken stream lacks text anyway.
 */
export function compareWithPlan(
  sample: Pick<StreamSample, 'outcome' | 'textSha256'> & {
    arrivals: Arrivals<Pick<Arrival, 'atMs' | 'chars'>>;
  },
  plan: Pick<StreamPlan, 'chunks' | 'text' | 'wire'>,
  expected: Expectation | null,
  pushIntervalMs: number,
): Omit<PlannedComparison, 'hops'> {
  const dueMs = dueTimes(plan);
  let previous = { atMs: Number.NEGATIVE_INFINITY, chars: 0 };
  const latenessMs = sample.arrivals.map((arrival) => {
    const firstDueMs = Math.max(dueMs(previous.chars) ?? 0, previous.atMs + pushIntervalMs);
    const nextDueMs = dueMs(arrival.chars) ?? Number.POSITIVE_INFINITY;
    previous = arrival;
    return Math.max(0, arrival.atMs - firstDueMs, arrival.atMs - nextDueMs);
  });
  const text = textOf(sample, plan, expected);
  return {
    latenessMs: movesText(plan.wire) ? [] : latenessMs,
    textMatches: text === null || sample.textSha256 === sha256(text),
    foretold: expected && foretoldBy(expected),
  };
}

function foretoldBy({ outcome, detail, isResumed }: Expectation): ExpectedOutcome {
  return { outcome, detail, ...(isResumed === undefined ? {} : { isResumed }) };
}

/** Returns the text of a stream with this outcome; null if it is unknown. */
function textOf(
  { outcome }: Pick<StreamSample, 'outcome'>,
  plan: Pick<StreamPlan, 'text'>,
  expected: Expectation | null,
): string | null {
  if (expected?.outcome === outcome) return expected.text;
  return outcome === 'completed' ? plan.text : null;
}

/** Returns a function from a position to when its character is due; undefined after the end of the text. */
function dueTimes({ chunks }: Pick<StreamPlan, 'chunks'>) {
  let chars = 0;
  const ends = chunks.map(({ delta, atMs }) => ({ chars: (chars += countChars(delta)), atMs }));
  let next = 0;
  // Positions are requested in ascending order, so one pass over the chunks is enough.
  return (position: number): number | undefined => {
    for (let end = ends[next]; end !== undefined && end.chars <= position; end = ends[next]) {
      next += 1;
    }
    return ends[next]?.atMs;
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
