import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { Call } from './call.ts';
import { frameChunkInParts } from '../../proto/chunk-codec.ts';
import type { FramedStream } from './framed-stream.ts';
import { framedStreamOf, type Outgoing } from './listen.ts';

/** Writes the chunks of a call. */
export interface ChunkWriter {
  /** Returns false if the caller should wait for `onceDrained` before the next write. */
  write(chunk: OutgoingChunk): boolean;
  onceDrained(callback: () => void): void;
  /** Calls back once everything has been sent within the client's flow control. */
  onceWritten(callback: () => void): void;
}

/**
 * Creates the writer of a call, whose metadata must be sent before the first chunk.
 *
 * It writes past grpc-js and the HTTP/2 session, which cost several times as much per message as sending it.
 * They keep everything else: metadata, deadline, cancel and status. If the frames of a connection cannot be
 * written directly, it falls back to the stream of grpc-js.
 *
 * @param hasLongChunks whether to encode chunks of up to a megabyte in parts, as the client reads
 */
export function createChunkWriter(call: Call, hasLongChunks = false): ChunkWriter {
  const stream = framedStreamOf(call);
  if (stream === undefined) return writeAsStream(call);
  return hasLongChunks ? writeInParts(stream) : stream;
}

/** The code units of text that are encoded at a time. */
const partUnits = 16_384;

function writeInParts(stream: FramedStream<Outgoing>): ChunkWriter {
  let parts: Generator<Buffer> | undefined;

  /** Writes the remaining parts of a chunk as far as the client reads; returns whether more can be written. */
  const writeParts = (): boolean => {
    for (;;) {
      const part = parts?.next();
      if (part === undefined || part.done === true) {
        parts = undefined;
        return true;
      }
      if (!stream.write(part.value)) return false;
    }
  };

  const onceDrained = (callback: () => void): void => {
    stream.onceDrained(() => {
      if (writeParts()) callback();
      else onceDrained(callback);
    });
  };

  return {
    write(chunk) {
      const { delta = '', isFinal = false, error = '', parts: others } = chunk;
      if (delta.length <= partUnits) return stream.write(chunk);
      parts = frameChunkInParts({ delta, isFinal, error, parts: others }, partUnits);
      return writeParts();
    },
    onceDrained,
    onceWritten: stream.onceWritten,
  };
}

function writeAsStream(call: Call): ChunkWriter {
  const pending = countPending(() => call.cancelled);
  return {
    write(chunk) {
      pending.add();
      return call.write(chunk, pending.done);
    },
    onceDrained: (callback) => call.once('drain', callback),
    onceWritten: pending.onceNone,
  };
}

/** @param isLost whether the client is gone; then the callback is never called */
function countPending(isLost: () => boolean) {
  let pending = 0;
  let onNone: (() => void) | undefined;
  return {
    add() {
      pending += 1;
    },
    done() {
      pending -= 1;
      if (pending === 0 && !isLost()) onNone?.();
    },
    onceNone(callback: () => void) {
      if (pending === 0) callback();
      else onNone = callback;
    },
  };
}
