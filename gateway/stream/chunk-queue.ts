import type { MessageEvent } from '../../proto/stream-event.ts';
import { bufferLimitChars } from './chunk-buffer.ts';

type Message = Pick<MessageEvent['data'], 'delta' | 'parts'>;

/** Chunks that wait between the agent and a client to whom each goes as a message of its own. Nothing is dropped. */
export interface ChunkQueue {
  /** Adds a chunk; true where the queue is full with it. */
  add(message: Message): boolean;
  take(): Message | undefined;
  isEmpty(): boolean;
}

export function createChunkQueue(limitChunks: number): ChunkQueue {
  let waiting: Message[] = [];
  let taken = 0;
  let units = 0;
  return {
    add(message) {
      waiting.push(message);
      units += message.delta.length;
      return waiting.length - taken >= limitChunks || units >= bufferLimitChars;
    },
    take() {
      const message = waiting[taken];
      if (message === undefined) return undefined;
      taken += 1;
      units -= message.delta.length;
      if (taken === waiting.length) {
        waiting = [];
        taken = 0;
      }
      return message;
    },
    isEmpty: () => taken === waiting.length,
  };
}
