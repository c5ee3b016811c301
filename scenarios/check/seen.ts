import type { CallEnd } from '../../mock-agent/grpc/call-end.ts';
import type { StreamPlan } from '../../mock-agent/plan/plan.ts';

/** All times are in milliseconds after the client wrote its request. */

/** What our agent saw of one call. */
export interface SeenCall {
  atMs: number;
  prompt: string;
  model: string;
  metadata: Readonly<Record<string, string>>;
  /** From the call to its deadline; null without one. */
  deadlineMs: number | null;
  /** When each chunk was sent. */
  sentAtMs: readonly number[];
  /** Null while the call is open. */
  end: { cause: CallEnd; atMs: number } | null;
  plan: StreamPlan;
}

/** An event of the response, as a parser that follows WHATWG reads it. */
export interface SeenEvent {
  event: string;
  /** The text of its data. */
  data: string;
  /** The data as JSON; undefined if it is none. */
  json: unknown;
  atMs: number;
  /** Where its bytes begin in the body, and where they end. */
  from: number;
  to: number;
}

/**
 * How a response ended: `complete`, by the rules of HTTP; `cut`, the connection closed before that; `reset`;
 * `left`, by our client; `open`, still open when the probe ended; `refused`, no connection, or no response.
 */
export type SeenEnd = 'complete' | 'cut' | 'reset' | 'left' | 'open' | 'refused';

/** What our client saw. */
export interface SeenResponse {
  /** Null without a response. */
  status: number | null;
  /** Names in the server's own case, in its order. */
  headers: readonly (readonly [name: string, value: string])[];
  headAtMs: number | null;
  events: readonly SeenEvent[];
  /** Its first bytes. */
  body: Buffer;
  bytes: number;
  end: SeenEnd;
  endAtMs: number;
  /** What went wrong with the connection, in the system's words; empty if nothing did. */
  problem: string;
}

/** What both sides saw of one request. */
export interface Seen {
  response: SeenResponse;
  /** The calls of this request, in order; a gateway that retries has several. */
  calls: readonly SeenCall[];
  /** How late the timers of our own process were at most while it ran. */
  ownLatenessMs: number;
}
