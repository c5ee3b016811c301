import { createHash } from 'node:crypto';

import type { StreamPlan } from '../mock-agent/plan.ts';
import { countChars } from '../mock-agent/tokens.ts';
import type { PlannedComparison, StreamSample } from '../reports/sample.ts';

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
 * Everything between the plan and the client's read is in it: client, gateway, agent and transport.
 */
export function compareWithPlan(
  sample: Pick<StreamSample, 'arrivals' | 'outcome' | 'textSha256'>,
  plan: Pick<StreamPlan, 'chunks' | 'text' | 'wire'>,
  pushIntervalMs: number,
): PlannedComparison {
  const dueMs = dueTimes(plan);
  let before = { atMs: Number.NEGATIVE_INFINITY, chars: 0 };
  const latenessMs = sample.arrivals.map((arrival) => {
    const firstDueMs = Math.max(dueMs(before.chars) ?? 0, before.atMs + pushIntervalMs);
    const nextDueMs = dueMs(arrival.chars) ?? Number.POSITIVE_INFINITY;
    before = arrival;
    return Math.max(0, arrival.atMs - firstDueMs, arrival.atMs - nextDueMs);
  });
  return {
    latenessMs: movesText(plan) ? [] : latenessMs,
    // Of a stream that did not come to its end the text is cut, and that its outcome says already.
    textMatches: sample.outcome !== 'completed' || sample.textSha256 === sha256(plan.text),
  };
}

function movesText({ wire }: Pick<StreamPlan, 'wire'>): boolean {
  return wire.some(({ fault }) => fault === 'event' || fault === 'frames');
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
