import type { OutgoingChunk } from '../../proto/agent-service.ts';
import type { Call } from './call.ts';
import { frameChunkInParts } from '../../proto/chunk-codec.ts';
import type { FramedStream } from './framed-stream.ts';
import { framedStreamOf, type Outgoing } from './listen.ts';

/** Writes the chunks of a call. */
export interface ChunkWriter {
  /** False means that no more should come before `onceDrained` calls back. */
  write(chunk: OutgoingChunk): boolean;
  onceDrained(callback: () => void): void;
  /** Calls back once the client's flow control has let through all that was written. */
  onceWritten(callback: () => void): void;
}

/**
 * A writer of a call that has sent its metadata, or will before the first chunk.
 *
 * It writes past grpc-js and the HTTP/2 session, which keep everything else: metadata, deadline, cancel
 * and status; what they would do with a message on its way costs several times what sending it does. On
 * a connection of which the frames cannot be written so, it writes as grpc-js offers it.
 *
 * @param hasLongChunks whether chunks of a megabyte may come, which are then encoded as the client reads
 */
export function createChunkWriter(call: Call, hasLongChunks = false): ChunkWriter {
  const stream = framedStreamOf(call);
  if (stream === undefined) return writeAsStream(call);
  return hasLongChunks ? writeInParts(stream) : stream;
}

/** How much text is encoded at a time, in code units. */
const partUnits = 16_384;

function writeInParts(stream: FramedStream<Outgoing>): ChunkWriter {
  let parts: Generator<Buffer> | undefined;

  /** Writes what is left of a chunk as far as the client reads; whether more may come. */
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
      const { delta = '', isFinal = false, error = '' } = chunk;
      if (delta.length <= partUnits) return stream.write(chunk);
      parts = frameChunkInParts({ delta, isFinal, error }, partUnits);
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
