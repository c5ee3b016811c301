import type { Socket } from 'node:net';
import { clearImmediate, setImmediate } from '../timers.ts';

/** Writes to a socket what comes in one turn of the event loop in one piece. */
export interface TurnWriter {
  write(bytes: Buffer): void;
  /** Now, and not at the end of the turn. */
  flush(): void;
}

/** @param written is called after each piece was handed to the socket */
export function createTurnWriter(socket: Socket, written?: () => void): TurnWriter {
  let pieces: Buffer[] = [];
  let flushing: NodeJS.Immediate | undefined;

  const flush = () => {
    clearImmediate(flushing);
    flushing = undefined;
    const [first] = pieces;
    if (first === undefined) return;
    const bytes = pieces.length === 1 ? first : Buffer.concat(pieces);
    pieces = [];
    if (!socket.writable) return;
    socket.write(bytes);
    written?.();
  };

  return {
    write(bytes) {
      pieces.push(bytes);
      // After all timers that are due, and all that they have done.
      flushing ??= setImmediate(flush);
    },
    flush,
  };
}
