import type { SeenResponse } from '../seen.ts';

/** All times are in milliseconds after the call. */

/** A message of the agent. */
export interface SeenChunk {
  /** Its bytes, without the prefix of gRPC. */
  bytes: Buffer;
  delta: string;
  isFinal: boolean;
  error: string;
  /** Whether it has fields beside the five of the specification that this project knows. */
  hasParts: boolean;
  atMs: number;
}

/**
 * How a call ended: `status`, with a gRPC status; `reset`, by RST_STREAM or with the connection; `cancelled`,
 * by our client; `open`, still open when the probe ended.
 */
type SeenEnd = 'status' | 'reset' | 'cancelled' | 'open';

/** What a client saw of one call. */
export interface SeenCall {
  prompt: string;
  chunks: readonly SeenChunk[];
  end: SeenEnd;
  endAtMs: number;
  /** Null without a status. */
  status: { code: number; details: string } | null;
}

/** What a call at the level of HTTP/2 shows beside its messages. */
interface SeenFrames {
  /** The bytes of DATA before the client read any. */
  unreadBytes: number;
  /** The bytes of DATA after the agent had received the cancel. */
  bytesAfterCancel: number;
}

/** What the probes of an agent saw. */
export interface AgentSight {
  /** In the order in which they were made. */
  calls: readonly SeenCall[];
  /** Of the calls that were cancelled or not read. */
  frames: readonly SeenFrames[];
  /** The deadline of the call that has one. */
  deadlineMs?: number;
  /** The status of health, or what came in its place, by the name of the service. */
  health?: Readonly<Record<string, string>>;
  /** What came through our gateway, for the prompt of the calls. */
  responses?: readonly SeenResponse[];
  /** How late the timers of our own process were at most while the probe ran. */
  ownLatenessMs: number;
}
