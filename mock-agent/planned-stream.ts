import type { status } from '@grpc/grpc-js';

import type { Parts } from '../proto/parts.ts';
import type { Hold } from '../proto/stream-commands.ts';
import type { WireFault } from '../proto/wire-fault.ts';

/** One gRPC message of the agent. */
export interface PlannedChunk {
  /** The send time, in whole milliseconds after the request. */
  atMs: number;
  delta: string;
  isFinal: boolean;
  /** Why the generation failed (A5); absent if it did not. */
  error?: string;
  /** Reasoning, fragments of tool calls, finish reason and usage; absent for text alone. */
  parts?: Parts;
  /** The stream is held before this chunk. */
  hold?: Hold;
}

/** The name of a gRPC status other than OK. */
export type StatusName = Exclude<keyof typeof status, 'OK'>;

/** What the agent does after the last chunk. */
export type PlannedEnd =
  /** Status OK, after a final chunk. */
  | { kind: 'final'; atMs: number }
  /** Status OK, without a final chunk. */
  | { kind: 'no-final'; atMs: number }
  /** Status OK, after a chunk with `error`. */
  | { kind: 'error-field'; atMs: number; message: string }
  | { kind: 'status'; atMs: number; status: StatusName; details: string }
  /** Nothing: the call stays open until the client or the deadline ends it. */
  | { kind: 'silence'; atMs: number }
  /** The agent closes the connection, which ends every other call on it. */
  | { kind: 'crash'; atMs: number }
  /** The agent closes every connection and accepts none for `forMs`. */
  | { kind: 'down'; atMs: number; forMs: number };

/** A stream as the agent sends it. */
export interface PlannedStream {
  /** The send time of the initial metadata; null for a call that is refused without any. */
  acceptAtMs: number | null;
  /** In the order of sending. */
  chunks: PlannedChunk[];
  end: PlannedEnd;
  /** The wire faults that the agent requests from the gateway. */
  wire: readonly WireFault[];
}

/** Returns the stream with the chunks from an index on, and the end, delayed. */
export function delayFrom(
  { acceptAtMs, chunks, end, wire }: PlannedStream,
  fromIndex: number,
  byMs: number,
): PlannedStream {
  return {
    acceptAtMs,
    chunks: chunks.map((chunk, index) =>
      index < fromIndex ? chunk : { ...chunk, atMs: chunk.atMs + byMs },
    ),
    end: { ...end, atMs: end.atMs + byMs },
    wire,
  };
}
