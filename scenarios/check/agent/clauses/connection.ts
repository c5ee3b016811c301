import { judgeTargets } from '../../clauses/targets.ts';
import { departed, firstDeviation, kept, notTestable, type Judgement } from '../../judgement.ts';
import {
  describeEnd,
  isComplete,
  notComplete,
  ofComplete,
  textOf,
  type AgentClause,
} from './call-facts.ts';
import type { AgentSight, SeenCall } from '../seen.ts';

/** The gRPC status of a call whose deadline has passed. */
const deadlineExceeded = 4;

/** How late a deadline may come. */
const deadlineToleranceMs = 1000;

/** How much slower a first text may be after calls were cancelled. */
const slowestFactor = 3;
const slowestExtraMs = 1000;

/** B4: a cancel. */
export const cancelClause: AgentClause = {
  id: 'B4',
  title: 'a cancel stops the stream',
  says: "When the client disconnects, work stops: the agent's call is cancelled. Nothing more is sent, and other calls are served as before.",
  probes: ['story', 'cancel'],
  judge: (seen) =>
    ofComplete(seen('story').calls, ([story]) =>
      cancelled(seen('cancel'), story?.chunks[0]?.atMs ?? 0),
    ),
};

/** C5: a deadline. */
export const deadlineClause: AgentClause = {
  id: 'C5',
  title: 'a deadline ends the call',
  says: "A stream is limited by the deadline of the agent's call: the call ends then, with DEADLINE_EXCEEDED or a reset, and other calls are served.",
  probes: ['deadline'],
  judge: (seen) => limited(seen('deadline')),
};

/** D3: back-pressure. */
export const pressureClause: AgentClause = {
  id: 'D3-reading',
  title: 'a slow reader slows the agent and loses nothing',
  says: 'A full buffer slows the agent by flow control; nothing is dropped. Other calls of the connection go on.',
  probes: ['unread'],
  judge: (seen) => slowed(seen('unread')),
};

/** E3: fifty calls at once. */
export const targetsClause: AgentClause = {
  id: 'E3',
  title: 'fifty calls at once on one connection',
  says: 'Time to first chunk below 500 ms (alarm 1 s), mean interval between chunks below 100 ms (alarm 200 ms), more than 99 % of calls succeed (alarm 95 %).',
  probes: ['story', 'at-once'],
  judge: (seen) => ofComplete(seen('story').calls, () => withinAlarms(seen('at-once').calls)),
};

function withinAlarms(calls: readonly SeenCall[]): Judgement {
  const failed = calls.find((call) => !isComplete(call));
  return judgeTargets({
    total: calls.length,
    arrivals: calls
      .filter(isComplete)
      .map(({ chunks }) => chunks.filter(({ delta }) => delta !== '').map(({ atMs }) => atMs)),
    failed: failed === undefined ? '' : describeEnd(failed),
    missing: 'a call has no text',
  });
}

const gone = notTestable('the agent accepts no connection any more');

/** @param usualMs when the first chunk of a call comes */
function cancelled({ calls, frames, ownLatenessMs }: AgentSight, usualMs: number): Judgement {
  const next = calls.at(-1);
  if (next === undefined) return gone;
  const cancelledCalls = calls.slice(0, -1);
  if (!cancelledCalls.some(({ end, chunks }) => end === 'cancelled' && chunks.length > 0)) {
    const [first = next] = cancelledCalls;
    return notTestable(`no call was in the middle of its text: ${describeEnd(first)}`);
  }
  const late = frames.findIndex(({ bytesAfterCancel }) => bytesAfterCancel > 0);
  if (late !== -1) {
    return departed({
      expected: 'no DATA after the agent has received RST_STREAM',
      seen: `${frames[late]?.bytesAfterCancel} bytes of call ${late + 1} after it acknowledged a later PING`,
    });
  }
  if (!isComplete(next)) {
    return notComplete(next, 'a call after the cancelled ones is served');
  }
  const limitMs = usualMs * slowestFactor + slowestExtraMs + ownLatenessMs;
  const nextMs = next.chunks[0]?.atMs ?? 0;
  return nextMs <= limitMs
    ? kept(`${frames.length} cancelled; the next call began after ${Math.round(nextMs)} ms`)
    : departed({
        expected: `the first chunk of the next call within ${Math.round(limitMs)} ms (${Math.round(usualMs)} ms without cancelled calls)`,
        seen: `${Math.round(nextMs)} ms`,
        at: { ms: Math.round(nextMs) },
      });
}

function limited({ calls, deadlineMs = 0, ownLatenessMs }: AgentSight): Judgement {
  const [, call, next] = calls;
  if (call === undefined || next === undefined) return gone;
  if (call.end === 'status' && call.status?.code === 0) {
    return call.endAtMs <= deadlineMs + ownLatenessMs
      ? notTestable(
          `a call ends within its deadline of ${deadlineMs} ms; let the agent take longer for a long prompt`,
        )
      : departed({
          expected: `the end of the call after its deadline of ${deadlineMs} ms`,
          seen: `text to the end, ${describeEnd(call)}`,
          at: { ms: Math.round(call.endAtMs) },
        });
  }
  const isEnded = call.end === 'reset' || call.status?.code === deadlineExceeded;
  if (!isEnded || call.endAtMs > deadlineMs + deadlineToleranceMs + ownLatenessMs) {
    return notComplete(
      call,
      `DEADLINE_EXCEEDED, or a reset, after the deadline of ${deadlineMs} ms`,
    );
  }
  return isComplete(next)
    ? kept(
        `${describeEnd(call)}, ${Math.round(call.endAtMs)} ms for a deadline of ${deadlineMs} ms`,
      )
    : notComplete(next, 'a call after the one with a deadline is served');
}

function slowed({ calls, frames: [frame] }: AgentSight): Judgement {
  const [first, second, beside, unread] = calls;
  if (!first || !second || !beside || !unread || frame === undefined) return gone;
  if (!isComplete(first))
    return notTestable(`a call that is read does not end well: ${describeEnd(first)}`);
  return firstDeviation(
    [
      isComplete(beside)
        ? undefined
        : notComplete(beside, 'a call beside one that is not read is served'),
      isComplete(unread) ? undefined : notComplete(unread, 'all text after the client reads on'),
      sameText(unread, first, second),
    ],
    `${frame.unreadBytes} bytes while nothing was read, then ${textOf(unread).length} characters`,
  );
}

/** Judges whether the text is that of calls that were read at once, where it is the same in each. */
function sameText(unread: SeenCall, first: SeenCall, second: SeenCall): Judgement | undefined {
  const [text, expected] = [textOf(unread), textOf(first)];
  if (text === expected || expected !== textOf(second)) return undefined;
  return departed({
    expected: `the ${expected.length} characters of a call that is read at once`,
    seen: `${text.length} characters`,
    at: { ms: Math.round(unread.endAtMs) },
  });
}
