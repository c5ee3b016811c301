import type { status } from '@grpc/grpc-js';

import type { WireFault } from '../proto/wire-fault.ts';

/** One message of the agent. */
export interface PlannedChunk {
  /** When it leaves the agent: whole milliseconds after the request came. */
  atMs: number;
  delta: string;
  isFinal: boolean;
  /** Why the generation failed, in the field of the specified chunk (A5); left out where it did not. */
  error?: string;
}

/** The name of a gRPC status other than OK. */
export type StatusName = Exclude<keyof typeof status, 'OK'>;

/** What the agent does after the last chunk. */
export type PlannedEnd =
  /** Status OK; a stream that ends well has had its final chunk. */
  | { kind: 'final'; atMs: number }
  /** Status OK, though no chunk was final. */
  | { kind: 'no-final'; atMs: number }
  /** Status OK, after a chunk with an error in its field. */
  | { kind: 'error-field'; atMs: number; message: string }
  | { kind: 'status'; atMs: number; status: StatusName; details: string }
  /** Nothing: the call stays open until the other side or its deadline ends it. */
  | { kind: 'silence'; atMs: number }
  /** The agent's side of the connection is destroyed, with every other call on it. */
  | { kind: 'crash'; atMs: number }
  /** Every connection is destroyed and none accepted for a while. */
  | { kind: 'down'; atMs: number; forMs: number };

/** A stream as the agent will send it. */
export interface PlannedStream {
  /** When the initial metadata leaves; null where the call is refused without any. */
  acceptAtMs: number | null;
  /** In the order of sending. */
  chunks: PlannedChunk[];
  end: PlannedEnd;
  /** What a gateway is asked to do to it on its way, where it may. */
  wire: readonly WireFault[];
}

/** The stream with everything after a moment put off. */
export function delayFrom(
  { acceptAtMs, chunks, end, wire }: PlannedStream,
  from: number,
  byMs: number,
): PlannedStream {
  return {
    acceptAtMs,
    chunks: chunks.map((chunk, index) =>
      index < from ? chunk : { ...chunk, atMs: chunk.atMs + byMs },
    ),
    end: { ...end, atMs: end.atMs + byMs },
    wire,
  };
}
