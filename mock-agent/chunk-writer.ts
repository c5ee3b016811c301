import type { ServerHttp2Stream } from 'node:http2';

import { frameChunk } from '../proto/chunk-codec.ts';
import { http2StreamOf, type Call } from './call.ts';
import type { PlannedChunk } from './planned-stream.ts';

/** Writes the chunks of a call. */
export interface ChunkWriter {
  /** False means that no more should come before `onceDrained` calls back. */
  write(chunk: PlannedChunk): boolean;
  onceDrained(callback: () => void): void;
  /** Calls back once the client's flow control has let through all that was written. */
  onceWritten(callback: () => void): void;
}

/** Beneath grpc-js, for a fraction of what a chunk costs, or the way it offers. */
export type Writing = 'beneath' | 'as-stream';

/**
 * A writer of a call that has sent its metadata, or will before the first chunk. Where grpc-js cannot be
 * gone beneath, chunks are written as it offers it all the same.
 */
export function createChunkWriter(call: Call, writing: Writing = 'beneath'): ChunkWriter {
  const http2Stream = writing === 'beneath' ? http2StreamOf(call) : undefined;
  return http2Stream === undefined ? writeAsStream(call) : writeBeneath(http2Stream);
}

/**
 * Into the HTTP/2 stream. grpc-js keeps everything else: metadata, deadline, cancel and status. What it
 * would do with a message on its way there costs as much again as sending it.
 */
function writeBeneath(http2Stream: ServerHttp2Stream): ChunkWriter {
  // Node calls a write back without an error where the stream is gone.
  const pending = countPending(() => http2Stream.destroyed);
  return {
    write({ delta, isFinal, error = '' }) {
      // The deadline ends a call a moment before anybody is told.
      if (!http2Stream.writable) return true;
      pending.add();
      return http2Stream.write(frameChunk({ delta, isFinal, error }), pending.done);
    },
    onceDrained: (callback) => http2Stream.once('drain', callback),
    onceWritten: pending.onceNone,
  };
}

function writeAsStream(call: Call): ChunkWriter {
  const pending = countPending(() => call.cancelled);
  return {
    write({ delta, isFinal, error = '' }) {
      pending.add();
      return call.write({ delta, isFinal, error }, pending.done);
    },
    onceDrained: (callback) => call.once('drain', callback),
    onceWritten: pending.onceNone,
  };
}

/** @param isLost whether nobody reads any more: then nothing is ever called written. */
function countPending(isLost: () => boolean) {
  let pending = 0;
  let whenNone: (() => void) | undefined;
  return {
    add() {
      pending += 1;
    },
    done() {
      pending -= 1;
      if (pending === 0 && !isLost()) whenNone?.();
    },
    onceNone(callback: () => void) {
      if (pending === 0) callback();
      else whenNone = callback;
    },
  };
}
