import type { StreamPlan } from '../../mock-agent/plan/plan.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import type { Arrival, Arrivals, LatenessByHop } from '../../reports/sample.ts';

/** The send times of agent and gateway of one stream, in milliseconds from the start of the sample. */
export interface SentByHop {
  /** When the agent received the request, then when it sent each chunk (or would have without back-pressure). */
  agent: readonly number[];
  /** When the gateway sent each message with text; null for a gateway that is not ours. */
  gateway: readonly number[] | null;
  /** The most by which the client may have been late to read an arrival, where the gateway's times are unknown. */
  clientLateMs?: (atMs: number) => number;
}

/**
 * Splits the lateness of a stream's messages by hop. Each hop is compared with the one before it: the
 * agent with the plan, the gateway with the agent's chunk and the push interval (D2), the way to the
 * client with the gateway. Time that the agent waited for a gateway that did not read (D3) counts as the
 * gateway's. Where the send times of the gateway are unknown, the client counts as late by as much as it may
 * have been, and the gateway by the remainder.
 *
 * @returns null with a wire fault, which changes what was sent, and for a stream that the agent never received
 */
export function splitLateness(
  { arrivals }: { arrivals: Arrivals<Pick<Arrival, 'atMs' | 'chars'>> },
  { chunks, wire }: Pick<StreamPlan, 'chunks' | 'wire'>,
  sent: SentByHop,
  pushIntervalMs: number,
): LatenessByHop | null {
  const [requestMs, ...agentMs] = sent.agent;
  if (requestMs === undefined || wire.length > 0) return null;
  const hops: LatenessByHop = { requestMs, agentMs: [], gatewayMs: [], clientMs: [] };
  const ends = endsOf(chunks);
  const chunkAfter = (chars: number, from: number): number => {
    let next = from;
    while ((ends[next] ?? Number.POSITIVE_INFINITY) <= chars) next += 1;
    return next;
  };
  /** The chunk with the first new character of a message. */
  let chunk = chunkAfter(0, 0);
  let pushedMs = Number.NEGATIVE_INFINITY;
  let index = 0;
  for (const arrival of arrivals) {
    const plannedMs = chunks[chunk]?.atMs;
    const agentSentMs = agentMs[chunk];
    if (plannedMs === undefined || agentSentMs === undefined) break;
    const dueMs = Math.max(agentSentMs, pushedMs + pushIntervalMs);
    const gatewaySentMs =
      sent.gateway === null ? latestSend(arrival, dueMs, sent) : sent.gateway[index];
    index += 1;
    if (gatewaySentMs === undefined) break;
    hops.agentMs.push(late(agentSentMs, requestMs + plannedMs));
    pushedMs = gatewaySentMs;
    chunk = chunkAfter(arrival.chars, chunk);
    // As in compareWithPlan: text that the message lacks although the agent had sent it.
    const lackedMs = agentMs[chunk] ?? Number.POSITIVE_INFINITY;
    hops.gatewayMs.push(late(gatewaySentMs, Math.min(dueMs, lackedMs)));
    hops.clientMs.push(late(arrival.atMs, gatewaySentMs));
  }
  return hops;
}

/** Returns when a message was sent, if the client was as late to read it as it may have been. */
function latestSend(
  { atMs }: Pick<Arrival, 'atMs'>,
  dueMs: number,
  { clientLateMs = () => 0 }: SentByHop,
): number {
  return Math.min(atMs, Math.max(dueMs, atMs - clientLateMs(atMs)));
}

/** Returns the number of characters up to the end of each chunk. */
function endsOf(chunks: StreamPlan['chunks']): number[] {
  let chars = 0;
  return chunks.map(({ delta }) => (chars += countChars(delta)));
}

/** Returns the lateness, rounded to microseconds; never negative, although the clocks of two processes differ slightly. */
function late(atMs: number, dueMs: number): number {
  return Math.max(0, Math.round((atMs - dueMs) * 1000) / 1000);
}
