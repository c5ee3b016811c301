import type { OutgoingChunk } from '../proto/agent-service.ts';
import type { Call } from './call.ts';
import { framedStreamOf } from './listen.ts';

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
 */
export function createChunkWriter(call: Call): ChunkWriter {
  return framedStreamOf(call) ?? writeAsStream(call);
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
