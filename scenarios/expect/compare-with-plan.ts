import { createHash } from 'node:crypto';

import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../mock-agent/text/tokens.ts';
import { movesText } from '../../proto/wire-fault.ts';
import type { Arrival, PlannedComparison, StreamSample } from '../../reports/sample.ts';
import type { Expectation } from './expect-outcome.ts';

/**
 * Holds what a client saw against what the plan foretold.
 *
 * A message is late by how much later it came than it could have: than the plan has its first
 * character, or than the push interval after the message before it, whichever is later. It is late
 * too by how long the next text, which it should have carried already, had been due. So the spacing
 * that the specification asks for (D2) is not lateness, and no chunk hides behind it.
 *
 * A fault of the wire that moves text (a message twice, or held back) leaves nothing to compare times with.
 *
 * The text is held against what the plan has a client read: of a stream that ended otherwise than it
 * foretold, only where it completed all the same, for a broken one lacks text for that very reason.
 *
 * Everything between the plan and the client's read is in it: client, gateway, agent and transport.
 */
export function compareWithPlan(
  sample: Pick<StreamSample, 'outcome' | 'textSha256'> & {
    arrivals: readonly Pick<Arrival, 'atMs' | 'chars'>[];
  },
  plan: Pick<StreamPlan, 'chunks' | 'text' | 'wire'>,
  expected: Expectation | null,
  pushIntervalMs: number,
): Omit<PlannedComparison, 'hops'> {
  const dueMs = dueTimes(plan);
  let before = { atMs: Number.NEGATIVE_INFINITY, chars: 0 };
  const latenessMs = sample.arrivals.map((arrival) => {
    const firstDueMs = Math.max(dueMs(before.chars) ?? 0, before.atMs + pushIntervalMs);
    const nextDueMs = dueMs(arrival.chars) ?? Number.POSITIVE_INFINITY;
    before = arrival;
    return Math.max(0, arrival.atMs - firstDueMs, arrival.atMs - nextDueMs);
  });
  const text = textOf(sample, plan, expected);
  return {
    latenessMs: movesText(plan.wire) ? [] : latenessMs,
    textMatches: text === null || sample.textSha256 === sha256(text),
    foretold: expected && { outcome: expected.outcome, detail: expected.detail },
  };
}

/** What a stream that ended so has to say; null where that cannot be known. */
function textOf(
  { outcome }: Pick<StreamSample, 'outcome'>,
  plan: Pick<StreamPlan, 'text'>,
  expected: Expectation | null,
): string | null {
  if (expected?.outcome === outcome) return expected.text;
  return outcome === 'completed' ? plan.text : null;
}

/** Tells when the character at a position is due; undefined behind the end of the text. */
function dueTimes({ chunks }: Pick<StreamPlan, 'chunks'>) {
  let chars = 0;
  const ends = chunks.map(({ delta, atMs }) => ({ chars: (chars += countChars(delta)), atMs }));
  let next = 0;
  // Positions are asked for in rising order, so one walk over the chunks serves them all.
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
