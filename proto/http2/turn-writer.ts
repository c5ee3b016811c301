import type { Socket } from 'node:net';
import { clearImmediate, setImmediate } from '../timers.ts';

/** Combines all writes to a socket within one turn of the event loop. */
export interface TurnWriter {
  write(bytes: Buffer): void;
  /** Writes now instead of at the end of the turn. */
  flush(): void;
}

/** @param onWritten called after each write to the socket */
export function createTurnWriter(socket: Socket, onWritten?: () => void): TurnWriter {
  let pieces: Buffer[] = [];
  let flushImmediate: NodeJS.Immediate | undefined;

  const flush = () => {
    clearImmediate(flushImmediate);
    flushImmediate = undefined;
    const [first] = pieces;
    if (first === undefined) return;
    const bytes = pieces.length === 1 ? first : Buffer.concat(pieces);
    pieces = [];
    if (!socket.writable) return;
    socket.write(bytes);
    onWritten?.();
  };

  return {
    write(bytes) {
      pieces.push(bytes);
      // Runs after all due timers and their callbacks.
      flushImmediate ??= setImmediate(flush);
    },
    flush,
  };
}
