import type { Socket } from 'node:net';

import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { clearTimeout, performance, setTimeout } from '../../proto/timers.ts';

/**
 * How long a reset waits for what was written before it. On many systems a reset overtakes bytes
 * that have arrived but were not read, and then nobody could say what a client saw.
 */
const resetDelayMs = 30;

/**
 * Cuts a stream once its time has come.
 *
 * @param openedMs when the stream was opened, as `performance.now()` has it
 * @param flush lets out what is held back, and calls back when it was handed to the system
 * @param endWell ends it as if it were whole
 * @returns gives up on it, where the connection is gone before
 */
export function startCut(
  { by, afterMs }: WireFaultOf<'cut'>,
  openedMs: number,
  socket: Socket,
  flush: (flushed: () => void) => void,
  endWell: () => void,
): () => void {
  const cut = () => {
    switch (by) {
      case 'fin':
        socket.destroySoon();
        return;
      case 'reset':
        setTimeout(() => socket.resetAndDestroy(), resetDelayMs);
        return;
      case 'end':
        endWell();
    }
  };
  const waitMs = Math.max(0, Math.ceil(openedMs + afterMs - performance.now()));
  const timer = setTimeout(() => flush(cut), waitMs);
  return () => clearTimeout(timer);
}
