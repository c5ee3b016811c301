import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../mock-agent/text/tokens.ts';
import type { LatenessByHop, StreamSample } from '../../reports/sample.ts';

/** When agent and gateway sent what they sent of one stream, on the clock of the sample's own times. */
export interface SentByHop {
  /** When the agent took the request, then when it sent each chunk, but for what its reader held it up. */
  agent: readonly number[];
  /** When the gateway sent each message with text. */
  gateway: readonly number[];
}

/**
 * Splits the lateness of a stream's messages by who was late. Each hop is held against what it had
 * before it, so that none answers for another: the agent against the plan, the gateway against the
 * agent's chunk and the push interval (D2), the way to the client against the gateway. What the agent
 * had to wait for a gateway that did not read (D3) is the gateway's.
 *
 * @param sent all times in milliseconds from the stream's start
 * @returns null where the wire was to be changed: what was sent is then not what came.
 */
export function splitLateness(
  { arrivals }: { arrivals: readonly Pick<StreamSample['arrivals'][number], 'atMs' | 'chars'>[] },
  { chunks, wire }: Pick<StreamPlan, 'chunks' | 'wire'>,
  sent: SentByHop,
  pushIntervalMs: number,
): LatenessByHop | null {
  const [takenMs, ...agentMs] = sent.agent;
  if (takenMs === undefined || wire.length > 0) return null;
  const hops: LatenessByHop = { requestMs: takenMs, agentMs: [], gatewayMs: [], clientMs: [] };
  const ends = endsOf(chunks);
  const chunkAfter = (chars: number, from: number): number => {
    let next = from;
    while ((ends[next] ?? Number.POSITIVE_INFINITY) <= chars) next += 1;
    return next;
  };
  /** The chunk that has the first character which is new with a message. */
  let chunk = chunkAfter(0, 0);
  let pushedMs = Number.NEGATIVE_INFINITY;
  for (const [index, arrival] of arrivals.entries()) {
    const plannedMs = chunks[chunk]?.atMs;
    const agentSentMs = agentMs[chunk];
    const gatewaySentMs = sent.gateway[index];
    if (plannedMs === undefined || agentSentMs === undefined || gatewaySentMs === undefined) break;
    hops.agentMs.push(late(agentSentMs, takenMs + plannedMs));
    const freeMs = Math.max(agentSentMs, pushedMs + pushIntervalMs);
    pushedMs = gatewaySentMs;
    chunk = chunkAfter(arrival.chars, chunk);
    // As with the whole lateness: it is late too by how long text had been there that it lacks.
    const lackedMs = agentMs[chunk] ?? Number.POSITIVE_INFINITY;
    hops.gatewayMs.push(late(gatewaySentMs, Math.min(freeMs, lackedMs)));
    hops.clientMs.push(late(arrival.atMs, gatewaySentMs));
  }
  return hops;
}

/** How many characters have been said with each chunk. */
function endsOf(chunks: StreamPlan['chunks']): number[] {
  let chars = 0;
  return chunks.map(({ delta }) => (chars += countChars(delta)));
}

/** To the microsecond; clocks of two processes are read at two moments, so a little may be missing. */
function late(atMs: number, dueMs: number): number {
  return Math.max(0, Math.round((atMs - dueMs) * 1000) / 1000);
}
